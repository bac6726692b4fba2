import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { LOOPBACK } from '../config/config.js';

/** Registered ports below those that systems give out by themselves (Linux from 32,768, macOS from 49,152). */
const RANGE = { from: 20_000, to: 32_768 };
const ATTEMPTS = 100;

/**
 * A TCP port of the loopback interface that was free a moment ago. It lies outside the range from which the system takes ports for
 * connections and for whoever does not care, since one of those could take it before it is used.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = randomInt(RANGE.from, RANGE.to);
    if (await isPortFree(port)) return port;
  }
  return listenOnce(0, LOOPBACK);
}

/** Whether a program could listen on a port of an address of this machine now. */
export async function isPortFree(port: number, host: string = LOOPBACK): Promise<boolean> {
  return listenOnce(port, host).then(
    () => true,
    () => false,
  );
}

function listenOnce(port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
