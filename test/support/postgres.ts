import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '#migrations';
import {
  type Database,
  type DataSourceSettings,
  isErrno,
  migrate,
  openDatabase,
  openOwnerDatabase,
  roleSecrets,
  startEmbeddedPostgres,
  until,
  withClient,
  withDatabase,
  withLogin,
} from '#libs/platform';
import { runDirectory } from './run-directory.js';

const TEMPLATE = 'cairn_template';
const START_MS = 120_000;

/** The database server of this test run. Tests need no durability, and several of them run at a time. */
const TEST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  shared_buffers: '128MB',
};

export interface TestCluster {
  /** The superuser's URL of the database `postgres`. */
  readonly adminUrl: string;
  /** File with the passwords of the login roles, which all databases of a server share. */
  readonly rolesFile: string;
}

export interface TestDatabase {
  readonly name: string;
  readonly adminUrl: string;
  readonly apiUrl: string;
  readonly workerUrl: string;
  readonly rolesFile: string;
  /** Acts as the owner of all tables. */
  readonly admin: Database;
  readonly api: Database;
  readonly worker: Database;
  /** Closes the three and drops the database; whoever else is connected is disconnected. */
  drop(): Promise<void>;
}

export interface TestDatabaseOptions {
  readonly entities?: DataSourceSettings['entities'];
}

/** A database of its own for a test, migrated: a copy of a template made once a run. */
export async function createTestDatabase({ entities }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const cluster = await testCluster();
  const name = await createDatabase(cluster, `TEMPLATE ${TEMPLATE}`);
  const adminUrl = withDatabase(cluster.adminUrl, name);
  const { passwords } = roleSecrets(cluster.rolesFile);
  const apiUrl = withLogin(adminUrl, 'cairn_api', passwords.cairn_api);
  const workerUrl = withLogin(adminUrl, 'cairn_worker', passwords.cairn_worker);
  const open = (url: string): Promise<Database> => openDatabase({ url, entities, max: 5 });
  const [admin, api, worker] = await Promise.all([
    openOwnerDatabase(adminUrl),
    open(apiUrl),
    open(workerUrl),
  ]);
  const drop = async (): Promise<void> => {
    await Promise.all([admin.close(), api.close(), worker.close()]);
    await dropDatabase(cluster, name);
  };
  return { name, adminUrl, apiUrl, workerUrl, rolesFile: cluster.rolesFile, admin, api, worker, drop };
}

/** An empty database of its own for a test of migrations. */
export async function createEmptyDatabase(): Promise<{
  readonly adminUrl: string;
  readonly rolesFile: string;
  drop(): Promise<void>;
}> {
  const cluster = await testCluster();
  const name = await createDatabase(cluster, '');
  const adminUrl = withDatabase(cluster.adminUrl, name);
  return { adminUrl, rolesFile: cluster.rolesFile, drop: () => dropDatabase(cluster, name) };
}

/** Starts the server of this run, unless a test of this or another Jest worker has done so. */
export async function testCluster(): Promise<TestCluster> {
  const file = join(runDirectory(), 'cluster.json');
  if (!existsSync(file)) {
    if (claim(join(runDirectory(), 'cluster.claimed'))) await startCluster(file);
    else await until(() => existsSync(file), START_MS, 50);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as TestCluster;
}

/** Making a directory either succeeds for one or fails for all others. */
function claim(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function startCluster(file: string): Promise<void> {
  const directory = join(runDirectory(), 'postgres');
  const server = await startEmbeddedPostgres({ directory, settings: TEST_SETTINGS });
  const cluster: TestCluster = {
    adminUrl: server.url('postgres'),
    rolesFile: join(runDirectory(), 'roles.json'),
  };
  await withClient(cluster.adminUrl, {}, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  const { rolesFile } = cluster;
  await migrate({ adminUrl: server.url(TEMPLATE), migrations: MIGRATIONS, rolesFile });
  writeFileSync(`${file}.new`, JSON.stringify(cluster));
  renameSync(`${file}.new`, file);
}

async function createDatabase(cluster: TestCluster, clause: string): Promise<string> {
  const name = `test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await withClient(cluster.adminUrl, {}, (client) => client.query(`CREATE DATABASE ${name} ${clause}`));
  return name;
}

async function dropDatabase(cluster: TestCluster, name: string): Promise<void> {
  await withClient(cluster.adminUrl, {}, (client) =>
    client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  );
}
