import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const CODE = /^[\w-]{43}$/;

/** Waits on this machine for the code that a browser brings (RFC 8252 §7.3). */
export interface TerminalListener {
  readonly port: number;
  /** The first code that a browser brings; rejects when the signal ends the waiting. */
  readonly code: Promise<string>;
  close(): void;
}

/** Listens on the loopback interface alone, on a port that the system chooses. */
export async function listenForCode(signal: AbortSignal): Promise<TerminalListener> {
  let found: (code: string) => void = () => undefined;
  const code = new Promise<string>((resolve, reject) => {
    found = resolve;
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  // Whoever closes without having waited is not told.
  code.catch(() => undefined);
  const server = createServer((request, response) => answer(request, response, found));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { port: (server.address() as AddressInfo).port, code, close };
}

function answer(request: IncomingMessage, response: ServerResponse, found: (code: string) => void): void {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const code = url.searchParams.get('code') ?? '';
  const isCode = request.method === 'GET' && url.pathname === '/callback' && CODE.test(code);
  const text = isCode ? 'You can go back to your terminal.\n' : 'There is nothing here.\n';
  response
    .writeHead(isCode ? 200 : 404, {
      'content-type': 'text/plain; charset=utf-8',
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      connection: 'close',
    })
    .end(text, () => {
      if (isCode) found(code);
    });
}
