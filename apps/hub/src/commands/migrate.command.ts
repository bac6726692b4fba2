import { createLogger, loadConfig } from '#libs/platform';
import { lockDataDirectory } from '../supervisor/data-lock.js';
import { openHubDatabase } from '../supervisor/hub-database.js';
import { prepareDatabase } from '../supervisor/supervisor.js';

/** Brings the database to the present schema without starting the hub. */
export async function migrateOnly(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger({ name: 'hub', level: config.logLevel });
  const lock = lockDataDirectory(config.dataDir);
  try {
    const database = await openHubDatabase(config);
    try {
      await prepareDatabase(config, database, log);
    } finally {
      await database.stop();
    }
    process.stdout.write(`The schema is up to date (${database.about}).\n`);
  } finally {
    lock.release();
  }
}
