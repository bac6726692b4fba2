import { type ChildProcess, spawn } from 'node:child_process';
import pg from 'pg';
import { LOOPBACK } from '../config/config.js';
import { until } from '../process/timing.js';
import { program, type PostgresBinaries } from './binaries.js';
import { SERVER_ENVIRONMENT } from './cluster.js';
import { launchAs, type ServerIdentity } from './server-identity.js';
import { explainFailure, openServerLog, type ServerLog, type StartFailure } from './server-log.js';
import { serverArguments } from './server-settings.js';
import { stopServer } from './stop-server.js';
import { SUPERUSER } from './superuser-password.js';

const START_MS = 60_000;

export interface PreparedServer {
  readonly binaries: PostgresBinaries;
  readonly identity: ServerIdentity;
  /** Holds the log. */
  readonly directory: string;
  readonly data: string;
  readonly password: string;
  readonly settings: Readonly<Record<string, string>>;
}

export type Launched =
  | { readonly ok: true; readonly child: ChildProcess }
  | { readonly ok: false; readonly failure: StartFailure; readonly log: ServerLog };

/** Starts a server process and waits until it accepts connections or has failed. */
export async function launchServer(server: PreparedServer, port: number): Promise<Launched> {
  const log = openServerLog(server.directory);
  const child = spawnServer(server, port, log);
  log.close();
  const hasEnded = (): boolean =>
    child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
  const url = loopbackUrl(SUPERUSER, server.password, port, 'postgres');
  const answered = await until(async () => hasEnded() || (await accepts(url, server.data)), START_MS);
  if (answered && !hasEnded()) return { ok: true, child };
  if (child.pid !== undefined) await stopServer(child.pid);
  return { ok: false, failure: explainFailure(log.text()), log };
}

/** The URL of one database of a server on the loopback interface. */
export function loopbackUrl(user: string, password: string, port: number, database: string): string {
  return `postgresql://${user}:${encodeURIComponent(password)}@${LOOPBACK}:${port}/${database}`;
}

function spawnServer(
  { binaries, identity, data, settings }: PreparedServer,
  port: number,
  log: ServerLog,
): ChildProcess {
  const { file, args, user } = launchAs(
    identity,
    program(binaries, 'postgres'),
    serverArguments(data, port, settings),
  );
  const child = spawn(file, args, {
    ...user,
    cwd: '/',
    env: SERVER_ENVIRONMENT,
    // A session of its own: Ctrl-C in the terminal must reach the supervisor only, which stops things in order.
    detached: true,
    stdio: ['ignore', log.descriptor, log.descriptor],
  });
  // Who starts a server has work of its own; the server alone keeps no process alive.
  child.unref();
  // Reported by the missing process number.
  child.once('error', () => undefined);
  return child;
}

/** Whether a server answers there, with our password, from our data directory: another program's would not. */
async function accepts(connectionString: string, data: string): Promise<boolean> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ data: string }>(`SELECT current_setting('data_directory') AS data`);
    return rows[0]?.data === data;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
