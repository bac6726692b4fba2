import type pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '../platform-error.js';
import { SCHEMA } from './connection.js';
import { sqlState } from './sql-state.js';

/** Owns every table and function; nobody logs in as it, migrations act as it. */
export const OWNER_ROLE = 'cairn_owner';

/** Logins of the two processes. They own nothing and row-level security binds them. */
export const LOGIN_ROLES = ['cairn_api', 'cairn_worker'] as const;

export type LoginRole = (typeof LOGIN_ROLES)[number];

/**
 * Makes the roles and the schema, where they are missing. Roles belong to the server, not to one database, so they are
 * no part of a database's migration history: a restored database finds them here again, and hubs that share a server
 * share them. Safe to run at the same time from several databases of one server.
 * @throws PlatformError `database-not-permitted`, `database-unsuitable`
 */
export async function ensureRoles(admin: pg.Client): Promise<void> {
  try {
    await createRole(admin, OWNER_ROLE, 'NOLOGIN');
    for (const role of LOGIN_ROLES) await createRole(admin, role, 'LOGIN');
    await concurrently(() => admin.query(ACT_AS_OWNER));
    await admin.query(`CREATE SCHEMA IF NOT EXISTS ${SCHEMA} AUTHORIZATION ${OWNER_ROLE}`);
    await admin.query(
      `DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${OWNER_ROLE}', current_database()); END $$`,
    );
  } catch (cause) {
    throw sqlState(cause) === '42501' ? notPermitted(cause) : cause;
  }
  await refusePowerfulLogins(admin);
}

/** A superuser may act as any role; another administrator must be made a member once. */
const ACT_AS_OWNER = `DO $$ BEGIN
  IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT ${OWNER_ROLE} TO %I', current_user);
  END IF;
END $$`;

async function createRole(admin: pg.Client, role: string, login: 'LOGIN' | 'NOLOGIN'): Promise<void> {
  // Two databases may create the same role at the same time: the loser sees either of these.
  await admin.query(`DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE ${role} ${login}; END IF;
  EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
  END $$`);
}

async function refusePowerfulLogins(admin: pg.Client): Promise<void> {
  const { rows } = await admin.query<{ rolname: string }>(
    `SELECT rolname FROM pg_roles
     WHERE rolname = ANY($1) AND (rolsuper OR rolbypassrls OR rolcreaterole OR pg_has_role(rolname, $2, 'MEMBER'))`,
    [LOGIN_ROLES, OWNER_ROLE],
  );
  const [role] = rows;
  if (role === undefined) return;
  throw new PlatformError(
    'database-unsuitable',
    `role ${role.rolname} must be no superuser, have neither BYPASSRLS nor CREATEROLE and be no member of ${OWNER_ROLE}`,
  );
}

/** DDL on rows that all databases share fails with XX000 "tuple concurrently updated" when another does the same. */
export async function concurrently<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (sqlState(error) !== 'XX000' || attempt === 20) throw error;
      await sleep(Math.random() * 50);
    }
  }
}

function notPermitted(cause: unknown): PlatformError {
  const roles = [OWNER_ROLE, ...LOGIN_ROLES].join(', ');
  return new PlatformError(
    'database-not-permitted',
    `the user of CAIRN_DATABASE_URL must own the database and may have to create roles (${roles}): give it CREATEROLE`,
    { cause },
  );
}
