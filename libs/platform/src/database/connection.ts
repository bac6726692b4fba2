import type { PoolConfig } from 'pg';
import { GuardedClient } from './guarded-client.js';

/** Schema of every table of the hub. BullMQ keeps its own. */
export const SCHEMA = 'cairn';

const CONNECT_TIMEOUT_MS = 5_000;

/** What a session needs beyond its URL. Options stand apart from the URL, where they would replace these silently. */
export interface SessionOptions {
  readonly applicationName: string;
  readonly searchPath: string;
  /** Acts as this role after login. */
  readonly role?: string;
  readonly max?: number;
  /** Who acts outside transactions that say it: `system:` and a name. For migrations, which open their own. */
  readonly actor?: `system:${string}`;
  /** Ends a statement that takes longer. */
  readonly statementTimeoutMs?: number;
}

/** Options of a pg client or pool: UTC, the search path, and an end to transactions that somebody forgot. */
export function sessionConfig(connectionString: string, session: SessionOptions): PoolConfig {
  const settings: Record<string, string> = {
    search_path: session.searchPath,
    timezone: 'UTC',
    idle_in_transaction_session_timeout: '60000',
    ...(session.role === undefined ? {} : { role: session.role }),
    ...(session.actor === undefined ? {} : { 'cairn.actor': session.actor }),
    ...(session.statementTimeoutMs === undefined
      ? {}
      : { statement_timeout: `${session.statementTimeoutMs}` }),
  };
  return {
    connectionString,
    application_name: session.applicationName,
    options: Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(' '),
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    Client: GuardedClient,
    ...(session.max === undefined ? {} : { max: session.max }),
  };
}

/** The same database under another login. */
export function withLogin(databaseUrl: string, user: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = user;
  url.password = password;
  return url.toString();
}

/** The same server, another database. */
export function withDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl);
  url.pathname = `/${encodeURIComponent(database)}`;
  return url.toString();
}

/** Host, port and database of a URL: all that a message may show. */
export function placeOf(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  return `${url.host}${url.pathname}`;
}
