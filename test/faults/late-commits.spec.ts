import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SubmissionDecider } from '#libs/intake';
import { provenanceOrigin, requestStatement } from '#libs/ledger';
import { type Database, until, withClient } from '#libs/platform';
import type { StatementBody } from '#libs/protocol';
import { checkHistory } from '#test/history';
import { openHookedDatabase } from '#test/hooked-database';
import { TestHub } from '#test/hub';
import { FeedFollower, LogFollower } from '#test/log-follower';
import { loop, stopAll } from '#test/loops';
import { assertion, type TestMember } from '#test/member';
import { replay } from '#test/replay';

const REQUESTERS = 5;
const MEMBERS = 3;
const DECIDERS_PER_MEMBER = 2;
const ROUNDS = 12;
const MOST_DELAY_MS = 60;

describe('statements and decisions that commit late', () => {
  let hub: TestHub;
  let slow: Database;
  const members: TestMember[] = [];

  beforeAll(async () => {
    hub = await TestHub.create();
    for (let i = 0; i < MEMBERS; i++) members.push(await hub.admit(`member-${i}`));
    const beforeCommit = (): Promise<void> => sleep(Math.random() * MOST_DELAY_MS);
    slow = await openHookedDatabase(hub.databases.workerUrl, { beforeCommit }, 12);
  });
  afterAll(async () => {
    await slow.close();
    await hub.drop();
  });

  describe('when log and feed are followed by tree size meanwhile', () => {
    it('are all seen, whereas a cursor on their serial misses some', async () => {
      const log = new LogFollower(hub.worker, provenanceOrigin(hub.origin));
      const feed = new FeedFollower(hub.worker, hub.origin, 'csam');
      const serial = new SerialReader(hub.worker);
      const readers = [loop(() => log.poll()), loop(() => feed.poll()), loop(() => serial.poll())];
      const pipeline = [
        loop(() => hub.sequencer.sequence()),
        loop(() => hub.rounds.publish()),
        loop(() => hub.checkpoints.publish()),
      ];

      const [keys, values] = await write(serial);
      await stopAll(pipeline);
      await hub.settle();
      await stopAll(readers);
      for (const reader of [log, feed, serial]) await reader.poll();

      const { statements, submissions } = await checkHistory(hub.worker, hub.origin);
      expect(submissions).toBe(values.length);
      expect(log.leaves.length).toBe(statements);
      const indexes = await indexesOf(keys);
      expect(indexes.size).toBe(keys.length);
      for (const [key, index] of indexes) expect(marker(log.leaves[index]!)).toBe(key);
      expect([...feed.keys('sha256')].sort()).toEqual([...values].sort());
      await replay(hub.worker, hub.origin);

      expect(serial.seen.size).toBeLessThan(await rowCount());
      expect(serial.seen.has(await idOf('straggler'))).toBe(false);
    }, 120_000);
  });

  /** All writers at once; returns the keys of the statements and the values of the submissions that they wrote. */
  async function write(serial: SerialReader): Promise<[keys: string[], values: string[]]> {
    const keys = ['straggler'];
    const values: string[] = [];
    const requester = async (): Promise<void> => {
      for (let i = 0; i < ROUNDS; i++) keys.push(await request(slow));
    };
    const decider = async (member: TestMember): Promise<void> => {
      for (let i = 0; i < ROUNDS; i++) values.push(await submit(member));
    };
    await Promise.all([
      straggle(serial),
      ...Array.from({ length: REQUESTERS }, requester),
      ...members.flatMap((member) => Array.from({ length: DECIDERS_PER_MEMBER }, () => decider(member))),
    ]);
    return [keys, values];
  }

  async function request(database: Database): Promise<string> {
    const key = randomUUID();
    await database.transaction('request', 'system:test', (tx) => requestStatement(tx, key, marked(key)));
    return key;
  }

  async function submit(member: TestMember): Promise<string> {
    const value = randomBytes(32).toString('hex');
    const batch = await member.batch('csam', [assertion('sha256', value)]);
    expect(await hub.receive(member, batch)).toMatchObject({ ok: true });
    const rows = await hub.worker.read('find', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id::text FROM cairn.submission WHERE jti = $1', [batch.jti]),
    );
    await new SubmissionDecider(slow).decide(rows[0]!.id);
    return value;
  }

  /** Commits after cursor and sequencer have gone past its row: what chance makes likely, once for certain. */
  async function straggle(serial: SerialReader): Promise<void> {
    await hub.worker.transaction('request', 'system:test', async (tx) => {
      await requestStatement(tx, 'straggler', marked('straggler'));
      const [row] = await tx.query<{ id: string }>(
        `SELECT id::text FROM cairn.pending_statement WHERE dedup_key = 'straggler'`,
      );
      const id = BigInt(row!.id);
      const isPast = async (): Promise<boolean> => serial.cursor > id && (await latestSequenced()) > id;
      expect(await until(isPast, 60_000, 5)).toBe(true);
    });
  }

  /** Outside the straggler's transaction, on a connection of its own. */
  async function latestSequenced(): Promise<bigint> {
    return withClient(hub.databases.workerUrl, {}, async (client) => {
      await client.query(`SET cairn.actor = 'system:test'`);
      const { rows } = await client.query<{ id: string }>(
        'SELECT coalesce(max(id), 0)::text AS id FROM cairn.pending_statement WHERE log_index IS NOT NULL',
      );
      return BigInt(rows[0]!.id);
    });
  }

  async function indexesOf(keys: readonly string[]): Promise<Map<string, number>> {
    const rows = await hub.worker.read('indexes', 'system:test', (tx) =>
      tx.query<{ key: string; index: number }>(
        `SELECT dedup_key AS key, log_index::float8 AS index FROM cairn.pending_statement
          WHERE dedup_key = ANY ($1) AND log_index IS NOT NULL`,
        [keys],
      ),
    );
    return new Map(rows.map(({ key, index }) => [key, index]));
  }

  async function rowCount(): Promise<number> {
    const rows = await hub.worker.read('count', 'system:test', (tx) =>
      tx.query<{ n: number }>('SELECT count(*)::integer AS n FROM cairn.pending_statement'),
    );
    return rows[0]!.n;
  }

  async function idOf(key: string): Promise<bigint> {
    const rows = await hub.worker.read('id', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id::text FROM cairn.pending_statement WHERE dedup_key = $1', [key]),
    );
    return BigInt(rows[0]!.id);
  }
});

/** The wrong way, as a control: follows the same rows by their serial, which is given out before the commit. */
class SerialReader {
  readonly seen = new Set<bigint>();
  cursor = 0n;

  constructor(private readonly database: Database) {}

  async poll(): Promise<void> {
    const rows = await this.database.read('follow', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id::text FROM cairn.pending_statement WHERE id > $1 ORDER BY id', [
        this.cursor.toString(),
      ]),
    );
    for (const { id } of rows) this.seen.add((this.cursor = BigInt(id)));
  }
}

/** A statement that can be told from all others and changes nothing. */
function marked(key: string): StatementBody {
  return { kind: 'published', feeds: [{ feed: 'csam', size: 1, root: rootOf(key) }] };
}

const keysByRoot = new Map<string, string>();

function rootOf(key: string): string {
  const root = createHash('sha256').update(key).digest('hex');
  keysByRoot.set(root, key);
  return root;
}

function marker(leaf: Uint8Array): string | undefined {
  const statement = JSON.parse(new TextDecoder().decode(leaf)) as { feeds?: { root: string }[] };
  return keysByRoot.get(statement.feeds?.[0]?.root ?? '');
}
