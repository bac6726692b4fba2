import { Database, type TransactionObserver } from './database.js';
import { createDataSource, type DataSourceSettings } from './data-source.js';
import { ownerDataSource } from './migrate.js';

/** Connects one login's pool; fails at once when the database cannot be reached. */
export async function openDatabase(
  settings: DataSourceSettings,
  observer?: TransactionObserver,
): Promise<Database> {
  const dataSource = await createDataSource(settings);
  return new Database(await dataSource.initialize(), observer);
}

/** Connects as the owner of all tables. */
export async function openOwnerDatabase(adminUrl: string): Promise<Database> {
  const dataSource = await ownerDataSource(adminUrl);
  return new Database(await dataSource.initialize());
}
