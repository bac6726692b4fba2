import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { MIGRATIONS } from '#migrations';
import {
  type Config,
  type Environment,
  isPortFree,
  migrate,
  openOwnerDatabase,
  PlatformError,
  requireIdentityProvider,
  requireSuitableRedis,
  until,
} from '#libs/platform';
import { prepareHub } from '../prepare-hub.js';
import { type ChildName, SupervisedChild } from './child-process.js';
import { lockDataDirectory } from './data-lock.js';
import { type HubDatabase, openHubDatabase } from './hub-database.js';
import { endLeftovers, ProcessRecord } from './leftover-processes.js';

const READY_MS = 60_000;

/** URLs of the database for the processes that have one, each with its own login. */
type DatabaseUrls = Record<Exclude<ChildName, 'signer'>, string>;

export interface RunningHub {
  readonly url: string;
  readonly about: string;
  /** Resolves when a process turned out unable to run; the hub should stop then. */
  readonly hopeless: Promise<string>;
  /** Stops api, worker, signer and database, in this order. */
  stop(): Promise<void>;
  /** Ends all processes now. The database recovers at the next start. */
  kill(): void;
}

/** Starts everything a hub consists of and returns when it answers. What was started is stopped again when a step fails. */
export async function startHub(config: Config, env: Environment, log: Logger): Promise<RunningHub> {
  requireIdentityProvider(config);
  const lock = lockDataDirectory(config.dataDir);
  const undo: (() => Promise<void>)[] = [() => Promise.resolve(lock.release())];
  try {
    if (lock.takenOver) await endLeftovers(config.dataDir, log, patience(config));
    await requireFreePort(config);
    if (config.queueUrl !== undefined) await requireSuitableRedis(config.queueUrl);
    const database = await openHubDatabase(config);
    undo.unshift(() => database.stop());
    const urls = await prepareDatabase(config, database, log);
    database.watch(log);
    const children = await startChildren(config, childEnvironments(env, config, urls), log, undo);
    return {
      url: config.publicUrl,
      about: database.about,
      hopeless: children.hopeless,
      stop: () => runAll(undo, log),
      kill: () => {
        children.kill();
        database.kill();
      },
    };
  } catch (error) {
    await runAll(undo, log);
    throw error;
  }
}

/** Migrations, then the founding of the hub, then the URLs of the two logins. */
export async function prepareDatabase(
  config: Config,
  database: HubDatabase,
  log: Logger,
): Promise<DatabaseUrls> {
  const { adminUrl } = database;
  const migrated = await migrate({ adminUrl, migrations: MIGRATIONS, rolesFile: config.databaseRolesFile });
  if (migrated.applied.length > 0) log.info({ migrations: migrated.applied }, 'migrated');
  const owner = await openOwnerDatabase(adminUrl);
  try {
    await prepareHub(config, owner);
  } finally {
    await owner.close();
  }
  return { api: migrated.apiUrl, worker: migrated.workerUrl };
}

/** How long a process may take to close, with some room, before it is taken to hang. */
function patience({ shutdownSeconds }: Config): number {
  return shutdownSeconds * 1000 + 5_000;
}

async function requireFreePort({ host, port }: Config): Promise<void> {
  if (await isPortFree(port, host)) return;
  throw new PlatformError('config-invalid', `port ${port} on ${host} is in use: set CAIRN_PORT to another`);
}

/**
 * The supervisor's environment, but with the database login of the process: never the administrator's. The signer has no database,
 * and nothing that others are to keep secret from it.
 */
function childEnvironments(env: Environment, config: Config, urls: DatabaseUrls) {
  const common = { ...env, CAIRN_DATA_DIR: config.dataDir, CAIRN_ORIGIN: config.origin };
  const own = Object.entries(common).filter(([name]) => !NOT_FOR_SIGNER.includes(name));
  return {
    signer: Object.fromEntries(own),
    api: { ...common, CAIRN_DATABASE_URL: urls.api },
    worker: { ...common, CAIRN_DATABASE_URL: urls.worker },
  };
}

const NOT_FOR_SIGNER = [
  'CAIRN_DATABASE_URL',
  'CAIRN_QUEUE_URL',
  'CAIRN_OIDC_CLIENT_SECRET',
  'CAIRN_SMTP_URL',
  'CAIRN_MAIL_FROM',
];

async function startChildren(
  config: Config,
  envs: Record<ChildName, NodeJS.ProcessEnv>,
  log: Logger,
  undo: (() => Promise<void>)[],
): Promise<Pick<RunningHub, 'hopeless' | 'kill'>> {
  let giveUp: (name: string) => void = () => undefined;
  const hopeless = new Promise<string>((resolve) => (giveUp = resolve));
  const stopMs = patience(config);
  const record = new ProcessRecord(config.dataDir);
  const onStart = (name: ChildName, pid: number): void => record.note(name, pid);
  const make = (name: ChildName): SupervisedChild =>
    new SupervisedChild({
      name,
      program: programOf(name),
      env: envs[name],
      log,
      stopMs,
      onStart,
      onHopeless: giveUp,
    });
  const signer = config.signerUrl === undefined ? [make('signer')] : [];
  const children = [make('api'), make('worker'), ...signer];
  undo.unshift(() => inOrder(children.map((child) => () => child.stop())));
  for (const child of [...signer, ...children.slice(0, 2)]) child.start();
  await allReady(children, hopeless);
  return { hopeless, kill: () => children.forEach((child) => child.kill()) };
}

/** Compiled applications lie side by side. */
function programOf(name: ChildName): string {
  return fileURLToPath(new URL(`../../../${name}/src/main.js`, import.meta.url));
}

async function allReady(children: readonly SupervisedChild[], hopeless: Promise<string>): Promise<void> {
  const ready = until(() => children.every(({ url }) => url !== undefined), READY_MS);
  const failed = await Promise.race([ready.then((ok) => (ok ? undefined : 'hub')), hopeless]);
  if (failed === undefined) return;
  throw new PlatformError('process-failed', `the ${failed} did not start; its log says why`);
}

async function inOrder(steps: readonly (() => Promise<void>)[]): Promise<void> {
  for (const step of steps) await step();
}

/** Every step runs, even after one that failed: a database must stop although a process did not. */
async function runAll(steps: readonly (() => Promise<void>)[], log: Logger): Promise<void> {
  for (const step of steps)
    await step().catch((err: unknown) => log.error({ err }, 'a part did not stop cleanly'));
}
