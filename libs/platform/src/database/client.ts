import pg from 'pg';
import { PlatformError } from '../platform-error.js';
import { placeOf, sessionConfig, type SessionOptions } from './connection.js';
import { errnoOf } from '../process/errno.js';
import { sqlState } from './sql-state.js';

/**
 * Runs work on one connection of its own, outside any pool.
 * @throws PlatformError `database-unreachable`, naming host, port and database, never the login
 */
export async function withClient<T>(
  url: string,
  session: Partial<SessionOptions>,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client(
    sessionConfig(url, { applicationName: 'cairn-hub', searchPath: 'pg_catalog', ...session }),
  );
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw unreachable(url, cause);
  }
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function unreachable(url: string, cause: unknown): PlatformError {
  const message = `PostgreSQL at ${placeOf(url)} cannot be reached: ${reason(cause)}`;
  return new PlatformError('database-unreachable', message, { cause });
}

function reason(cause: unknown): string {
  switch (sqlState(cause)) {
    case '28P01':
    case '28000':
      return 'it refuses the user or the password';
    case '3D000':
      return 'there is no such database';
    default:
      return errnoOf(cause) ?? String(cause);
  }
}
