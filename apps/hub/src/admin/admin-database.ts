import { join } from 'node:path';
import {
  type Config,
  type Database,
  isRunning,
  loopbackUrl,
  openDatabase,
  PlatformError,
  readServerProcess,
  roleSecrets,
  withLogin,
} from '#libs/platform';
import { recordCommand } from './record-command.js';
import { DATABASE, postgresDirectory } from '../supervisor/hub-database.js';

/** Opens the database of a running hub with the worker's login, does something, and closes it. */
export async function withHubDatabase<T>(
  config: Config,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase({ url: workerUrl(config), max: 2, applicationName: 'cairn-admin' });
  try {
    return await recordCommand(database, () => work(database));
  } finally {
    await database.close();
  }
}

function workerUrl(config: Config): string {
  const { passwords } = roleSecrets(config.databaseRolesFile);
  if (config.databaseUrl !== undefined)
    return withLogin(config.databaseUrl, 'cairn_worker', passwords.cairn_worker);
  const server = readServerProcess(join(postgresDirectory(config), 'data'));
  if (server !== undefined && isRunning(server)) {
    return loopbackUrl('cairn_worker', passwords.cairn_worker, server.port, DATABASE);
  }
  throw new PlatformError(
    'database-unreachable',
    `no hub runs on ${config.dataDir}: start it first, its database is embedded (cairn-hub start)`,
  );
}
