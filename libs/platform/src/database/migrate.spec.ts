import { randomBytes } from 'node:crypto';
import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { QueryRunner } from 'typeorm';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '#test/postgres';
import { runDirectory } from '#test/run-directory';
import { withClient } from './client.js';
import { withDatabase, withLogin } from './connection.js';
import { migrate, pendingMigrations } from './migrate.js';
import { roleSecrets, scramVerifier } from './role-logins.js';
import { requireSuitableServer } from './server-check.js';
import { sqlState } from './sql-state.js';

class CreateThing1700000000000 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE thing (id int)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE thing');
  }
}

class BreakThing1700000000001 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('SELECT 1 / 0');
  }
  async down(): Promise<void> {}
}

const state = async (work: Promise<unknown>): Promise<string | undefined> => work.then(() => 'ok', sqlState);
const query = (url: string, sql: string) =>
  withClient(
    url,
    { searchPath: 'cairn' },
    async (client) => (await client.query(sql)).rows as Record<string, unknown>[],
  );

describe('migrate', () => {
  let empty: Awaited<ReturnType<typeof createEmptyDatabase>>;

  beforeAll(async () => {
    empty = await createEmptyDatabase();
  });
  afterAll(() => empty.drop());

  it('does its work once, however many do it at a time', async () => {
    const { adminUrl, rolesFile } = empty;
    const migrations = [CreateThing1700000000000];
    expect(await pendingMigrations(adminUrl, migrations)).toEqual(['CreateThing1700000000000']);
    const runs = await Promise.all([1, 2, 3].map(() => migrate({ adminUrl, migrations, rolesFile })));
    expect(runs.flatMap(({ applied }) => applied)).toEqual(['CreateThing1700000000000']);
    expect(await pendingMigrations(adminUrl, migrations)).toEqual([]);
    expect(await migrate({ adminUrl, migrations, rolesFile })).toMatchObject({ applied: [] });
  });

  it('leaves everything to the owner role', async () => {
    const [owner] = await query(empty.adminUrl, `SELECT tableowner FROM pg_tables WHERE tablename = 'thing'`);
    expect(owner).toEqual({ tableowner: 'cairn_owner' });
  });

  it('undoes a migration that fails and keeps those before it', async () => {
    const migrations = [CreateThing1700000000000, BreakThing1700000000001];
    const failed = migrate({ adminUrl: empty.adminUrl, migrations, rolesFile: empty.rolesFile });
    expect(await state(failed)).toBe('22012');
    expect(await query(empty.adminUrl, `SELECT to_regclass('half') AS half`)).toEqual([{ half: null }]);
    expect(await pendingMigrations(empty.adminUrl, migrations)).toEqual(['BreakThing1700000000001']);
  });

  it('works as an administrator who is no superuser', async () => {
    const user = `admin_${randomBytes(4).toString('hex')}`;
    const database = `db_${user}`;
    await withClient(empty.adminUrl, {}, async (client) => {
      await client.query(`CREATE ROLE ${user} LOGIN CREATEROLE PASSWORD 'x'`);
      await client.query(`CREATE DATABASE ${database} OWNER ${user}`);
    });
    const adminUrl = withLogin(withDatabase(empty.adminUrl, database), user, 'x');
    const migrated = await migrate({
      adminUrl,
      migrations: [CreateThing1700000000000],
      rolesFile: empty.rolesFile,
    });
    expect(await query(migrated.apiUrl, 'SELECT current_user AS me')).toEqual([{ me: 'cairn_api' }]);
    await withClient(empty.adminUrl, {}, async (client) => {
      await client.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await client.query(`DROP ROLE ${user}`);
    });
  });

  it('says what an administrator lacks', async () => {
    const { passwords } = roleSecrets(empty.rolesFile);
    const adminUrl = withLogin(empty.adminUrl, 'cairn_api', passwords.cairn_api);
    const failed = migrate({ adminUrl, migrations: [], rolesFile: empty.rolesFile });
    await expect(failed).rejects.toMatchObject({
      code: 'database-not-permitted',
      message: expect.stringContaining('CREATEROLE'),
    });
  });
});

describe('the login roles', () => {
  let test: TestDatabase;

  beforeAll(async () => {
    test = await createTestDatabase();
    await query(test.adminUrl, 'SET ROLE cairn_owner; CREATE TABLE later (id int); RESET ROLE');
    await query(
      test.adminUrl,
      'SET ROLE cairn_owner; CREATE FUNCTION late() RETURNS int LANGUAGE sql RETURN 1; RESET ROLE',
    );
  });
  afterAll(() => test.drop());

  it('are no superusers, pass no row security, own nothing and belong to no other role', async () => {
    const rows = await query(
      test.adminUrl,
      `SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS powerful,
              (SELECT count(*)::int FROM pg_shdepend WHERE refobjid = r.oid AND deptype = 'o'
                  AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))) AS owned,
              (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships
       FROM pg_roles r WHERE rolname IN ('cairn_api', 'cairn_worker') ORDER BY 1`,
    );
    const nothing = { powerful: false, owned: 0, memberships: 0 };
    expect(rows).toEqual([
      { rolname: 'cairn_api', ...nothing },
      { rolname: 'cairn_worker', ...nothing },
    ]);
  });

  it('cannot act as the owner or change the schema', async () => {
    for (const url of [test.apiUrl, test.workerUrl]) {
      expect(await state(query(url, 'SET ROLE cairn_owner'))).toBe('42501');
      expect(await state(query(url, 'CREATE TABLE mine (id int)'))).toBe('42501');
      expect(await state(query(url, 'CREATE SCHEMA mine'))).toBe('42501');
      expect(await state(query(url, 'DROP TABLE hub'))).toBe('42501');
    }
  });

  it('may use a later table or function only once it is granted', async () => {
    for (const url of [test.apiUrl, test.workerUrl]) {
      expect(await state(query(url, 'SELECT * FROM later'))).toBe('42501');
      expect(await state(query(url, 'SELECT late()'))).toBe('42501');
      expect(await state(query(url, 'SELECT * FROM hub'))).toBe('ok');
      expect(await state(query(url, 'UPDATE hub SET origin = origin'))).toBe('42501');
    }
  });
});

describe('requireSuitableServer', () => {
  const serverOf = (number: string, version: string, encoding: string) =>
    ({ query: () => Promise.resolve({ rows: [{ number, version, encoding }] }) }) as never;

  it('refuses a server that is too old or not in UTF-8', async () => {
    await expect(requireSuitableServer(serverOf('140011', '14.11', 'UTF8'))).rejects.toThrow(
      'PostgreSQL 15 or newer is needed, this server is 14.11',
    );
    await expect(requireSuitableServer(serverOf('150004', '15.4', 'SQL_ASCII'))).rejects.toThrow('UTF8');
    await expect(requireSuitableServer(serverOf('150004', '15.4', 'UTF8'))).resolves.toBeUndefined();
  });
});

describe('roleSecrets', () => {
  it('makes passwords once, in a file for this user alone', () => {
    const file = join(mkdtempSync(join(runDirectory(), 'roles-')), 'secrets', 'roles.json');
    const first = roleSecrets(file);
    expect([first.fresh, roleSecrets(file)]).toEqual([true, { ...first, fresh: false }]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('refuses a file it cannot read, without quoting it', () => {
    const file = join(mkdtempSync(join(runDirectory(), 'roles-')), 'roles.json');
    writeFileSync(file, '{"cairn_api": "hunter2"}');
    expect(() => roleSecrets(file)).toThrow(expect.objectContaining({ code: 'database-secrets-unreadable' }));
    expect(() => roleSecrets(file)).not.toThrow(/hunter2/);
  });
});

describe('scramVerifier', () => {
  it('gives the server what it would store itself', async () => {
    const { adminUrl, drop } = await createEmptyDatabase();
    const role = `scram_${randomBytes(4).toString('hex')}`;
    await withClient(adminUrl, {}, async (client) => {
      await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'pencil'`);
      const { rows } = await client.query<{ stored: string }>(
        'SELECT rolpassword AS stored FROM pg_authid WHERE rolname = $1',
        [role],
      );
      const [, iterations, salt] = /^SCRAM-SHA-256\$(\d+):([^$]+)\$/.exec(rows[0]?.stored ?? '') ?? [];
      expect(scramVerifier('pencil', Buffer.from(salt ?? '', 'base64'), Number(iterations))).toBe(
        rows[0]?.stored,
      );
      await client.query(`DROP ROLE ${role}`);
    });
    await drop();
  });
});
