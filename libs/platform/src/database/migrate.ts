import type pg from 'pg';
import type { DataSource, MigrationInterface } from 'typeorm';
import { migrateQueueSchema } from '../queue/queue-schema.js';
import { withClient } from './client.js';
import { createDataSource } from './data-source.js';
import { ensureLogins, roleSecrets } from './role-logins.js';
import { ensureRoles, OWNER_ROLE } from './roles.js';
import { requireSuitableServer } from './server-check.js';

/** Spells CAIRN; one key for every version, so that two releases never migrate one database at the same time. */
const MIGRATION_LOCK = 0x43414952;

export type Migrations = readonly (new () => MigrationInterface)[];

export interface MigrateOptions {
  /** Login that owns the database and may create roles. */
  readonly adminUrl: string;
  readonly migrations: Migrations;
  /** File with the passwords of the login roles, made when it is missing. */
  readonly rolesFile: string;
}

export interface Migrated {
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** Names of the migrations that ran now, oldest first. */
  readonly applied: readonly string[];
}

/**
 * Brings a database to the present schema: roles, migrations (each in a transaction, as the owner role), the queue's own
 * schema, logins. Doing it again changes nothing; of several at the same time one works and the others wait.
 * @throws PlatformError with a code `database-…`; the error of a migration that fails
 */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  return withClient(options.adminUrl, {}, async (admin) => {
    await requireSuitableServer(admin);
    await admin.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await ensureRoles(admin);
    const applied = await runMigrations(options);
    await migrateQueueSchema(options.adminUrl);
    const urls = await ensureLogins(options.adminUrl, admin, roleSecrets(options.rolesFile));
    return { apiUrl: urls.cairn_api, workerUrl: urls.cairn_worker, applied };
  });
}

/** Names of the migrations a database has not seen yet, oldest first. Changes nothing. */
export async function pendingMigrations(adminUrl: string, migrations: Migrations): Promise<string[]> {
  const done = await withClient(adminUrl, {}, executedMigrations);
  return migrations.map(({ name }) => name).filter((name) => !done.includes(name));
}

/** A data source that acts as the owner of all tables: for migrations and for founding a hub. */
export function ownerDataSource(adminUrl: string, migrations: Migrations = []): Promise<DataSource> {
  return createDataSource({
    url: adminUrl,
    role: OWNER_ROLE,
    // Row-level security binds the owner too: without an actor, a migration would change no row of anybody's.
    actor: 'system:migration',
    applicationName: 'cairn-migrate',
    max: 2,
    migrations: [...migrations],
  });
}

async function runMigrations({ adminUrl, migrations }: MigrateOptions): Promise<string[]> {
  const dataSource = await ownerDataSource(adminUrl, migrations);
  await dataSource.initialize();
  try {
    return (await dataSource.runMigrations()).map(({ name }) => name);
  } finally {
    await dataSource.destroy();
  }
}

async function executedMigrations(admin: pg.Client): Promise<string[]> {
  const { rows } = await admin.query<{ exists: boolean }>(
    `SELECT to_regclass('cairn.migration') IS NOT NULL AS exists`,
  );
  if (rows[0]?.exists !== true) return [];
  const done = await admin.query<{ name: string }>('SELECT name FROM cairn.migration');
  return done.rows.map(({ name }) => name);
}
