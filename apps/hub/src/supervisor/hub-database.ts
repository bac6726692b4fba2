import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import {
  backoff,
  type Config,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
  withClient,
} from '#libs/platform';

/** Name of the hub's database in the embedded server. */
export const DATABASE = 'cairn';

/** The hub's database, embedded or given, as its administrator reaches it. */
export interface HubDatabase {
  readonly adminUrl: string;
  /** What serves it, in words. */
  readonly about: string;
  /** Starts the embedded server again whenever it ends, on the same port, so that pools find it. */
  watch(log: Logger): void;
  stop(): Promise<void>;
  /** Ends the embedded server at once; it recovers at its next start. */
  kill(): void;
}

/** Where the embedded server keeps its files. */
export function postgresDirectory(config: Config): string {
  return join(config.dataDir, 'postgres');
}

/** Connects to the database that was given, or starts the embedded one. Only who holds the data directory's lock may call this. */
export async function openHubDatabase(config: Config): Promise<HubDatabase> {
  if (config.databaseUrl !== undefined) return givenDatabase(config.databaseUrl);
  const server = await startServer(config, config.postgresPort);
  await ensureDatabase(server);
  return new EmbeddedHubDatabase(config, server);
}

async function givenDatabase(adminUrl: string): Promise<HubDatabase> {
  const version = await withClient(adminUrl, {}, async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version ?? '';
  });
  const nothing = (): void => undefined;
  return {
    adminUrl,
    about: `PostgreSQL ${version}`,
    watch: nothing,
    stop: async () => nothing(),
    kill: nothing,
  };
}

class EmbeddedHubDatabase implements HubDatabase {
  readonly adminUrl: string;
  readonly about: string;
  #stopping = false;

  constructor(
    private readonly config: Config,
    private server: EmbeddedPostgres,
  ) {
    this.adminUrl = server.url(DATABASE);
    this.about = `embedded PostgreSQL ${server.version} on port ${server.port}`;
  }

  watch(log: Logger): void {
    void this.server.ended.then(() => (this.#stopping ? undefined : this.#restart(log)));
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.server.stop();
  }

  kill(): void {
    this.#stopping = true;
    // Immediate shutdown: SIGKILL would leave backends and shared memory behind.
    process.kill(this.server.pid, 'SIGQUIT');
  }

  async #restart(log: Logger): Promise<void> {
    log.error('the embedded PostgreSQL ended unexpectedly and is started again');
    for (let attempt = 0; !this.#stopping; attempt++) {
      try {
        this.server = await startServer(this.config, this.server.port);
        if (this.#stopping) await this.server.stop();
        else this.watch(log);
        return;
      } catch (err) {
        log.error({ err }, 'the embedded PostgreSQL could not be started again');
        await sleep(backoff(attempt, 500, 10_000));
      }
    }
  }
}

function startServer(config: Config, port: number | undefined): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ directory: postgresDirectory(config), port, running: 'stop' });
}

async function ensureDatabase(server: EmbeddedPostgres): Promise<void> {
  await withClient(server.url('postgres'), {}, async (client) => {
    const { rows } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rows.length === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
}
