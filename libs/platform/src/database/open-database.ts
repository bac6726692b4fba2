import { Database, type TransactionObserver } from './database.js';
import { createDataSource, type DataSourceSettings } from './data-source.js';
import { ownerDataSource } from './migrate.js';

/** Connects one login's pool; fails at once when the database cannot be reached. */
export async function openDatabase(
  settings: DataSourceSettings,
  observer?: TransactionObserver,
): Promise<Database> {
  return new Database(await createDataSource(settings).initialize(), observer);
}

/** Connects as the owner of all tables. */
export async function openOwnerDatabase(adminUrl: string): Promise<Database> {
  return new Database(await ownerDataSource(adminUrl).initialize());
}
