import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { createDataSource, Database, withClient, type Tx } from '#libs/platform';
import { must, TestHub } from '#test/hub';
import { assertion } from '#test/member';

const MEMBERS = 6;
const CLIENTS = 24;
/** Connections that all of them share. */
const POOL = 2;
/** Rows to be read, at least. */
const ROWS = Number(process.env['ISOLATION_ROWS'] ?? 20_000);

let hub: TestHub;
let ids: number[];
let pool: DataSource;
let database: Database;

beforeAll(async () => {
  hub = await TestHub.create();
  ids = [];
  for (let m = 0; m < MEMBERS; m++) {
    const member = await hub.admit(`member-${m}`);
    const entries = Array.from({ length: 5 + m }, () => assertion('sha256', randomBytes(32).toString('hex')));
    must(await hub.receive(member, await member.batch('csam', entries)));
    ids.push(await hub.idOf(member));
  }
  await hub.settle();
  pool = await createDataSource({ url: hub.databases.apiUrl, max: POOL });
  await pool.initialize();
  database = new Database(pool);
});
afterAll(async () => {
  await database?.close();
  await hub?.drop();
});

/** No WHERE clause: whose rows these are is up to the database alone. */
const OWN_ROWS = `
  SELECT member_id AS member FROM cairn.entry UNION ALL SELECT member_id FROM cairn.submission
  UNION ALL SELECT member_id FROM cairn.member_key UNION ALL SELECT member_id FROM cairn.channel_right`;

const readOwners = (tx: Tx): Promise<number[]> =>
  tx.query<{ member: number }>(OWN_ROWS).then((rows) => rows.map(({ member }) => member));

/** What the clients of a soak saw. */
interface Seen {
  rows: number;
  foreign: number;
  /** Reads that gave a member nothing, though it has rows. */
  empty: number;
  /** Ways in which transactions ended. */
  readonly ends: Record<string, number>;
}

/** Lets clients act, each as any member in turn, until enough rows were read. */
async function soak(rows: number, act: (member: number) => Promise<number[]>): Promise<Seen> {
  const seen: Seen = { rows: 0, foreign: 0, empty: 0, ends: {} };
  const client = async (): Promise<void> => {
    while (seen.rows < rows) {
      const member = ids[randomInt(ids.length)]!;
      const owners = await act(member).catch((error: Error) => error);
      const end = owners instanceof Error ? 'failed' : 'done';
      seen.ends[end] = (seen.ends[end] ?? 0) + 1;
      if (owners instanceof Error) continue;
      seen.rows += owners.length;
      seen.foreign += owners.filter((owner) => owner !== member).length;
      if (owners.length === 0) seen.empty += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return seen;
}

/** Some transactions fail in the middle: by an error of the code or of the database, or because the connection is cut. */
async function disturb(tx: Tx): Promise<void> {
  const fate = randomInt(40);
  if (fate < 6) throw new Error('told to fail');
  if (fate < 12) await tx.query('SELECT 1 / 0');
  if (fate > 12) return;
  const [backend] = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  await withClient(hub.databases.adminUrl, {}, (admin) =>
    admin.query('SELECT pg_terminate_backend($1)', [backend!.pid]),
  );
}

describe('members who share a small pool', () => {
  it('each see all of their own rows and none of another’s, whatever goes wrong between', async () => {
    const whole = new Map<number, number>();
    for (const id of ids) {
      whole.set(id, (await database.read('whole', `member:${id}`, readOwners)).length);
    }
    const seen = await soak(ROWS, (member) =>
      database.read('soak', `member:${member}`, async (tx) => {
        const before = await readOwners(tx);
        await disturb(tx);
        const after = await readOwners(tx);
        expect([before.length, after.length]).toEqual([whole.get(member), whole.get(member)]);
        return [...before, ...after];
      }),
    );
    expect(seen).toMatchObject({ foreign: 0, empty: 0 });
    expect(seen.rows).toBeGreaterThanOrEqual(ROWS);
    expect(seen.ends['failed']).toBeGreaterThan(100);
  }, 600_000);

  it('leave no trace of who acted on the connections', async () => {
    // As many at once as the pool has, so each connection is asked.
    const left = await Promise.all(
      Array.from({ length: POOL }, async () => {
        const runner = pool.createQueryRunner();
        await runner.connect();
        const rows = (await runner.query(
          `SELECT coalesce(current_setting('cairn.actor', true), '') AS actor, pg_sleep(0.1)::text AS slept`,
        )) as { actor: string }[];
        const visible = (await runner.query(OWN_ROWS)) as object[];
        await runner.release();
        return [rows[0]!.actor, visible.length];
      }),
    );
    expect(left).toEqual(Array.from({ length: POOL }, () => ['', 0]));
  });
});

describe('a member that is said for the whole connection', () => {
  it('does see rows of others, so that this soak would notice', async () => {
    const careless = async (member: number): Promise<number[]> => {
      await pool.query(`SELECT set_config('cairn.actor', $1, false)`, [`member:${member}`]);
      const rows = (await pool.query(OWN_ROWS)) as { member: number }[];
      return rows.map((row) => row.member);
    };
    const seen = await soak(5_000, careless);
    expect(seen.foreign).toBeGreaterThan(0);
  });
});
