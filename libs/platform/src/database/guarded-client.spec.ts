import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { sessionConfig } from './connection.js';

/** One message of the server (PostgreSQL, "Message Formats"). */
function message(type: string, body: string | Buffer): Buffer {
  const content = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const WELCOME = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', 'I')]);
const SHUTDOWN = message('E', 'SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');

let server: Server;
let url: string;

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([WELCOME, SHUTDOWN])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `postgresql://u:p@127.0.0.1:${(server.address() as AddressInfo).port}/d`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('a client of a pool', () => {
  describe('when the server shuts down in the same breath as it welcomes', () => {
    it('fails at its first query, and nowhere else', async () => {
      const session = { applicationName: 'test', searchPath: 'cairn' };
      const pool = new pg.Pool(sessionConfig(url, session));
      pool.on('error', () => undefined);
      const client = await pool.connect();
      await expect(client.query('SELECT 1')).rejects.toThrow();
      client.release(true);
      await pool.end();
    });
  });
});
