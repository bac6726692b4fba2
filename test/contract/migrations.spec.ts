import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MIGRATIONS } from '#migrations';
import { migrate, ownerDataSource, pendingMigrations, withClient } from '#libs/platform';
import { createEmptyDatabase } from '#test/postgres';

let database: Awaited<ReturnType<typeof createEmptyDatabase>>;

beforeAll(async () => {
  database = await createEmptyDatabase();
});
afterAll(() => database.drop());

const up = () =>
  migrate({ adminUrl: database.adminUrl, migrations: MIGRATIONS, rolesFile: database.rolesFile });

async function down(): Promise<void> {
  const dataSource = await ownerDataSource(database.adminUrl, MIGRATIONS);
  await dataSource.initialize();
  try {
    await dataSource.undoLastMigration();
  } finally {
    await dataSource.destroy();
  }
}

/** Everything migrations make in schema `cairn`, in words: what two runs must agree on. */
async function catalogue(): Promise<string[]> {
  const sql = `
    SELECT format('%s %s %s', relkind, relname, relacl) || format(' %s %s', relrowsecurity, relforcerowsecurity)
      FROM pg_class WHERE relnamespace = 'cairn'::regnamespace
    UNION ALL SELECT format('column %s.%s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull, attacl)
      FROM pg_attribute JOIN pg_class c ON c.oid = attrelid
      WHERE relnamespace = 'cairn'::regnamespace AND attnum > 0 AND NOT attisdropped
    UNION ALL SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'cairn'::regnamespace
    UNION ALL SELECT format('index %s', indexdef) FROM pg_indexes WHERE schemaname = 'cairn'
    UNION ALL SELECT format('function %s %s', oid::regprocedure, proacl) FROM pg_proc WHERE pronamespace = 'cairn'::regnamespace
    UNION ALL SELECT format('policy %s', p) FROM pg_policies p WHERE schemaname = 'cairn'
    UNION ALL SELECT format('trigger %s %s', tgrelid::regclass, tgname) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT format('type %s', typname) FROM pg_type WHERE typnamespace = 'cairn'::regnamespace
    UNION ALL SELECT format('schema %s', nspacl) FROM pg_namespace WHERE nspname = 'cairn'
    UNION ALL SELECT format('default %s', defaclacl) FROM pg_default_acl
    ORDER BY 1`;
  const { rows } = await withClient(database.adminUrl, {}, (client) => client.query<{ format: string }>(sql));
  return rows.map((row) => Object.values(row).join());
}

describe('the migrations', () => {
  it('go up, down to nothing, and up to the same', async () => {
    const names = MIGRATIONS.map(({ name }) => name);
    expect((await up()).applied).toEqual(names);
    const first = await catalogue();
    for (let undone = 1; undone <= names.length; undone++) {
      await down();
      expect(await pendingMigrations(database.adminUrl, MIGRATIONS)).toHaveLength(undone);
    }
    const left = (await catalogue()).filter(
      (line) => !/^(schema|type|S migration|[rip] |column|constraint|index)/.test(line),
    );
    const tables = (await catalogue()).filter((line) => line.startsWith('r '));
    expect([left, tables.map((line) => line.split(' ')[1])]).toEqual([[], ['migration']]);
    expect((await up()).applied).toEqual(names);
    expect(await catalogue()).toEqual(first);
  });

  it('do not go down where feeds have rollups or horizons, which could not be rebuilt', async () => {
    const [horizons, rollups] = ['CreateHorizons', 'CreateRollups'].map(
      (name) => MIGRATIONS.findLast((migration) => migration.name.startsWith(name))!.name!,
    );
    const run = (sql: string) =>
      withClient(database.adminUrl, { searchPath: 'cairn' }, (client) =>
        client.query(`SET session_replication_role = replica; ${sql}`),
      );
    await run(`INSERT INTO log (id, origin, feed, size, root) OVERRIDING SYSTEM VALUE VALUES (1, 'f', 'f', 17, '\\x${'00'.repeat(32)}');
      INSERT INTO feed (channel_id, log_id) VALUES (1, 1); INSERT INTO feed_steps VALUES (1, 16, '{0,0,0}');
      INSERT INTO feed_horizon VALUES (1, 1, 3, 4)`);
    const downTo = async (name: string) => {
      const names = MIGRATIONS.map((migration) => migration.name);
      const done = names.length - (await pendingMigrations(database.adminUrl, MIGRATIONS)).length;
      for (let left = done - 1; left > names.indexOf(name); left--) await down();
    };
    await downTo(horizons!);
    await expect(down()).rejects.toThrow('feeds have horizons');
    await run('DELETE FROM feed_horizon');
    await downTo(rollups!);
    await expect(down()).rejects.toThrow('feeds have leaves that are no steps');
    await run('DELETE FROM feed_steps; DELETE FROM feed; DELETE FROM log');
    await up();
  });

  it('drop the samples of values that the planner kept', async () => {
    const at = MIGRATIONS.findIndex(({ name }) => name.startsWith('ForgetKeyStatistics'));
    const sampled = async (): Promise<number> => {
      const sql = `SELECT FROM pg_statistic JOIN pg_attribute ON attrelid = starelid AND attnum = staattnum
                    WHERE starelid = 'cairn.log_state_leaf'::regclass AND attname = 'data'`;
      return (await withClient(database.adminUrl, {}, (client) => client.query(sql))).rowCount!;
    };
    for (let undone = MIGRATIONS.length; undone > at; undone--) await down();
    await withClient(database.adminUrl, {}, (client) =>
      client.query(`SET session_replication_role = replica;
        INSERT INTO cairn.log_state_leaf (size, number, data) SELECT 1, n, sha256(int4send(n)) FROM generate_series(0, 9) n;
        ANALYZE cairn.log_state_leaf`),
    );
    expect(await sampled()).toBe(1);
    await up();
    await withClient(database.adminUrl, {}, (client) => client.query('ANALYZE cairn.log_state_leaf'));
    expect(await sampled()).toBe(0);
  });

  it('are in the order of their times, which none share', () => {
    const times = MIGRATIONS.map(({ name }) => Number(name.slice(-13)));
    expect(times.every((time) => Number.isSafeInteger(time) && time > 1e12)).toBe(true);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  });

  it('grant nothing to everybody', async () => {
    const open = (await catalogue()).filter((line) => /(?:\{|,)=[a-zA-Z*]+\//.test(line));
    expect(open).toEqual([]);
  });
});
