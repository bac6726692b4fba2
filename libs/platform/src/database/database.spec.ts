import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { withClient } from './client.js';
import { createDataSource } from './data-source.js';
import { type Actor, Database, type TransactionObserver } from './database.js';
import { openDatabase } from './open-database.js';
import { sqlState } from './sql-state.js';
import type { Tx } from './tx.js';

let test: TestDatabase;
let observed: string[] = [];
let database: Database;

const observer: TransactionObserver = {
  finished: (name, outcome) => observed.push(`${name} ${outcome}`),
  retried: (name) => observed.push(`${name} retried`),
};

beforeAll(async () => {
  test = await createTestDatabase();
  await test.admin.transaction('create', 'system:test', async (tx) => {
    await tx.query('CREATE TABLE counter (id int PRIMARY KEY, n bigint NOT NULL)');
    await tx.query('INSERT INTO counter VALUES (1, 0), (2, 0)');
    await tx.query('GRANT SELECT, INSERT, UPDATE, DELETE ON counter TO cairn_worker');
  });
  const source = await createDataSource({ url: test.workerUrl, max: 4 });
  database = new Database(await source.initialize(), observer);
});

afterAll(async () => {
  await database?.close();
  await test?.drop();
});

const valueOf = (tx: Tx, id: number): Promise<string> =>
  tx.query<{ n: string }>('SELECT n FROM counter WHERE id = $1', [id]).then(([row]) => row?.n ?? '');
const read = (id: number): Promise<string> => database.read('read', 'system:test', (tx) => valueOf(tx, id));
const add = (tx: Tx, id: number): Promise<number> =>
  tx.execute('UPDATE counter SET n = n + 1 WHERE id = $1', [id]);

/** Lets each of two transactions reach a point before either goes on, on their first attempts. */
function rendezvous(): () => Promise<void> {
  let arrived = 0;
  let open: () => void = () => undefined;
  const both = new Promise<void>((resolve) => (open = resolve));
  return () => {
    if (++arrived === 2) open();
    return both;
  };
}

describe('Database.transaction', () => {
  it('commits what the work did and returns its value', async () => {
    observed = [];
    const before = Number(await read(1));
    const affected = await database.transaction('add-one', 'system:test', (tx) => add(tx, 1));
    expect([affected, Number(await read(1)) - before]).toEqual([1, 1]);
    expect(observed).toContain('add-one committed');
  });

  it('rolls back when the work throws, and does not try again', async () => {
    observed = [];
    const before = await read(1);
    const work = jest.fn(async (tx: Tx) => {
      await add(tx, 1);
      throw new Error('no');
    });
    await expect(database.transaction('fail', 'system:test', work)).rejects.toThrow('no');
    expect([await read(1), work.mock.calls.length]).toEqual([before, 1]);
    expect(observed).toContain('fail failed');
  });

  it('tells the database who acts, for this transaction only', async () => {
    const actor = (tx: Tx) => tx.query(`SELECT current_setting('cairn.actor', true) AS actor`);
    expect(await database.transaction('who', 'member:17', actor)).toEqual([{ actor: 'member:17' }]);
    const data = await createDataSource({ url: test.workerUrl, max: 1 });
    const single = new Database(await data.initialize());
    await single.transaction('who', 'member:17', actor);
    // The same connection again, outside any transaction of ours.
    expect(await data.query(`SELECT current_setting('cairn.actor', true) AS actor`)).toEqual([{ actor: '' }]);
    await single.close();
  });

  it.each([
    ...['', 'member', 'Member:1', 'member:', 'member:1\n', ':1', 'member:0', 'member:01', 'member:-1'],
    ...['member:alice', 'person:1e3', 'system:', 'system:A', 'worker:1', ' system:api', 'system:api '],
  ])('refuses the actor %j', async (actor) => {
    await expect(database.transaction('who', actor as Actor, async () => 1)).rejects.toMatchObject({
      code: 'transaction-actor-invalid',
    });
  });

  describe('when two deadlock', () => {
    it('runs the loser again and both commit', async () => {
      observed = [];
      const meet = rendezvous();
      const before = [await read(1), await read(2)].map(Number);
      const cross = (first: number, second: number) =>
        database.transaction('cross', 'system:test', async (tx) => {
          await add(tx, first);
          await meet();
          await add(tx, second);
        });
      await Promise.all([cross(1, 2), cross(2, 1)]);
      expect([await read(1), await read(2)].map(Number)).toEqual(before.map((n) => n + 2));
      expect(observed).toContain('cross retried');
    });
  });

  describe('when two cannot be put in an order', () => {
    it('runs the loser again and both commit', async () => {
      observed = [];
      const meet = rendezvous();
      const before = Number(await read(1));
      const increase = () =>
        database.transaction(
          'increase',
          'system:test',
          async (tx) => {
            const n = BigInt(await valueOf(tx, 1));
            await meet();
            await tx.execute('UPDATE counter SET n = $1 WHERE id = 1', [String(n + 1n)]);
          },
          { isolation: 'SERIALIZABLE' },
        );
      await Promise.all([increase(), increase()]);
      expect(Number(await read(1)) - before).toBe(2);
      expect(observed).toContain('increase retried');
    });

    it('gives up after a bounded number of attempts', async () => {
      const work = jest.fn((tx: Tx) =>
        tx.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`),
      );
      const error = await database
        .transaction('never', 'system:test', work)
        .catch((thrown: unknown) => thrown);
      expect([sqlState(error), work.mock.calls.length]).toEqual(['40001', 8]);
    });
  });

  describe('when any other error is thrown', () => {
    it.each(['23505', '55P03', '57014', '08006'])('does not retry %s', async (code) => {
      const work = jest.fn((tx: Tx) =>
        tx.query(`DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '${code}'; END $$`),
      );
      await expect(database.transaction('once', 'system:test', work)).rejects.toThrow();
      expect(work).toHaveBeenCalledTimes(1);
    });
  });

  describe('when one is opened inside another', () => {
    it('refuses, since it would take a second connection and not roll back', async () => {
      const nested = database.transaction('outer', 'system:test', () =>
        database.read('inner', 'system:test', async () => 1),
      );
      await expect(nested).rejects.toMatchObject({
        code: 'transaction-nested',
        message: 'transaction inner was opened inside outer: pass the open one on',
      });
    });

    it('allows another database inside, and still refuses the first one in that', async () => {
      const other = await openDatabase({ url: test.apiUrl, max: 1 });
      try {
        const within = (work: () => Promise<unknown>) =>
          database.transaction('outer', 'system:test', () => other.read('other', 'system:test', work));
        expect(await within(async () => 1)).toBe(1);
        await expect(within(() => read(1))).rejects.toMatchObject({ code: 'transaction-nested' });
      } finally {
        await other.close();
      }
    });

    it('allows work that was started inside and runs on after the end', async () => {
      let later: Promise<string> | undefined;
      await database.transaction('outer', 'system:test', async () => {
        later = new Promise((resolve) => setTimeout(() => resolve(read(1)), 50));
      });
      expect(await later).toMatch(/^\d+$/);
    });
  });

  describe('when the connection breaks', () => {
    it('fails, and the pool goes on with another', async () => {
      const broken = database.transaction('broken', 'system:test', async (tx) => {
        const [backend] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        await withClient(test.adminUrl, {}, (admin) =>
          admin.query('SELECT pg_terminate_backend($1)', [backend?.pid]),
        );
        await add(tx, 1);
      });
      await expect(broken).rejects.toThrow(/terminat|closed|released/);
      for (let i = 0; i < 8; i++) expect(await read(1)).toMatch(/^\d+$/);
    });
  });
});

describe('Database.read', () => {
  it('may write nothing', async () => {
    const write = database.read('write', 'system:test', (tx) => add(tx, 1));
    expect(sqlState(await write.catch((error: unknown) => error))).toBe('25006');
  });

  it('sees one state throughout', async () => {
    const seen = await database.read('twice', 'system:test', async (tx) => {
      const first = await valueOf(tx, 1);
      await test.admin.transaction('add', 'system:test', (admin) => add(admin, 1));
      return [first, await valueOf(tx, 1)];
    });
    expect(seen[0]).toBe(seen[1]);
  });
});

describe('Tx', () => {
  it('binds the entity manager to the transaction', async () => {
    const before = await read(2);
    const work = database.transaction('manager', 'system:test', async (tx) => {
      await tx.manager.query('UPDATE counter SET n = n + 1 WHERE id = 2');
      throw new Error('undo');
    });
    await expect(work).rejects.toThrow('undo');
    expect(await read(2)).toBe(before);
  });

  it('returns the rows of statements that write', async () => {
    const rows = await database.transaction('returning', 'system:test', (tx) =>
      tx.query('UPDATE counter SET n = n WHERE id = 1 RETURNING id'),
    );
    expect(rows).toEqual([{ id: 1 }]);
  });
});
