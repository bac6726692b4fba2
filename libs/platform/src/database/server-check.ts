import type pg from 'pg';
import { PlatformError } from '../platform-error.js';

const LEAST_MAJOR = 15;

/**
 * Refuses a server this hub cannot keep its promises on.
 * @throws PlatformError `database-unsuitable`
 */
export async function requireSuitableServer(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string; number: string; encoding: string }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number,
            current_setting('server_encoding') AS encoding`,
  );
  const [server] = rows;
  if (Number(server?.number) < LEAST_MAJOR * 10_000) {
    throw unsuitable(`PostgreSQL ${LEAST_MAJOR} or newer is needed, this server is ${server?.version}`);
  }
  if (server?.encoding !== 'UTF8') {
    throw unsuitable(`the database must be encoded in UTF8, this one is in ${server?.encoding}`);
  }
}

function unsuitable(message: string): PlatformError {
  return new PlatformError('database-unsuitable', message);
}
