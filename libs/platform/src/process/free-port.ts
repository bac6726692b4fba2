import { createServer } from 'node:net';
import { LOOPBACK } from '../config/config.js';

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
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
