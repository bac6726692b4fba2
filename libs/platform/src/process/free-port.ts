import { createServer } from 'node:net';
import { HOST } from '../config/config.js';

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  return listenOnce(0);
}

/** Whether a program could listen on a port of the loopback interface now. */
export async function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: HOST }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
