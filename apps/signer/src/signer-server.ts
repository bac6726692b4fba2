import { chmodSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { finished } from 'node:stream/promises';
import type { Logger } from 'pino';
import {
  isAuthorized,
  type LocalCheckpointSigner,
  LOG_PATH,
  SIGN_PATH,
  type SignerAddress,
  SignerRecordError,
} from '#libs/ledger';
import { LOOPBACK } from '#libs/platform';
import { formatVerifierKey } from '#libs/tlog';
import { BadRequest, readOrigin, readSigningQuery } from './signing-query.js';

/** A worker that sends nothing for so long is gone; between requests it may be silent. */
const SILENT_MS = 30_000;
const IDLE_MS = 10 * 60_000;
const HEADERS_MS = 10_000;

export interface SignerServerOptions {
  readonly signer: LocalCheckpointSigner;
  readonly address: SignerAddress;
  readonly log: Logger;
}

export interface SignerServer {
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body: object;
}

/** Serves a signer on a socket that its user alone may open, or on a port of this machine (docs/protocol-signer.md). */
export async function startSignerServer(options: SignerServerOptions): Promise<SignerServer> {
  const { address, log } = options;
  const server = createServer({ keepAliveTimeout: IDLE_MS, headersTimeout: HEADERS_MS, requestTimeout: 0 });
  server.on('request', (request, response) => {
    request.setTimeout(SILENT_MS, () => request.destroy());
    void answer(options, request)
      .catch((err: unknown): Answer => {
        if (!request.destroyed) log.error({ err }, 'a request could not be answered');
        return { status: 500, body: { error: 'internal' } };
      })
      .then((given) => send(request, response, given));
  });
  const url = await listen(server, address);
  return { url, close: () => close(server) };
}

async function answer({ signer, address }: SignerServerOptions, request: IncomingMessage): Promise<Answer> {
  if (address.kind === 'url' && !isAuthorized(request.headers.authorization, address.secret))
    return { status: 401, body: { error: 'unauthorized' } };
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://signer');
  try {
    if (request.method === 'GET' && pathname === LOG_PATH) return aboutLog(signer, readOrigin(searchParams));
    if (request.method === 'POST' && pathname === SIGN_PATH) return await sign(signer, request, searchParams);
    return { status: 404, body: { error: 'not found' } };
  } catch (error) {
    if (error instanceof BadRequest) return { status: 400, body: { error: error.message } };
    if (error instanceof OutOfStep) return { status: 409, body: { error: 'overtaken' } };
    throw error;
  }
}

function aboutLog(signer: LocalCheckpointSigner, origin: string): Answer {
  try {
    return {
      status: 200,
      body: { from: signer.entriesFrom(origin), key: formatVerifierKey(signer.verifierKey(origin)) },
    };
  } catch (error) {
    if (!(error instanceof SignerRecordError)) throw error;
    return { status: 422, body: { reason: error.reason, detail: error.message } };
  }
}

async function sign(
  signer: LocalCheckpointSigner,
  request: IncomingMessage,
  query: URLSearchParams,
): Promise<Answer> {
  const { from, ...wanted } = readSigningQuery(query);
  const result = await signer.trySigning(wanted, (needed) => {
    if (needed !== from) throw new OutOfStep();
    return request;
  });
  if (result === 'overtaken') throw new OutOfStep();
  return result.ok
    ? { status: 200, body: { note: result.note } }
    : { status: 422, body: { reason: result.reason, detail: result.detail } };
}

/**
 * A request is read to its end before it is answered, or a worker that still sends might not see the answer. Of strangers nothing is
 * read: their connection ends.
 */
async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, body }: Answer,
): Promise<void> {
  if (status !== 401 && !request.readableEnded) await finished(request.resume()).catch(() => undefined);
  if (response.destroyed) return;
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': text.length,
    ...(request.complete ? {} : { connection: 'close' }),
  });
  response.end(text);
}

async function listen(server: Server, address: SignerAddress): Promise<string> {
  if (address.kind === 'url') {
    await listening(server, () => server.listen(Number(new URL(address.url).port), LOOPBACK));
    return `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`;
  }
  // Who holds the signer's lock owns the socket of the one before, too. The directory lets nobody else in, even before chmod.
  rmSync(address.path, { force: true });
  await listening(server, () => server.listen(address.path));
  chmodSync(address.path, 0o600);
  return `unix:${address.path}`;
}

function listening(server: Server, start: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('listening', resolve).once('error', reject);
    start();
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await closed;
}

/** The worker counts from another head than the signer: it asks again. */
class OutOfStep extends Error {}
