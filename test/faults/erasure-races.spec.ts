import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { SubmissionDecider } from '#libs/intake';
import { requestStatement } from '#libs/ledger';
import type { Database } from '#libs/platform';
import type { LinePlace } from '#libs/protocol';
import { purgeErased } from '#libs/provenance';
import { TestEraser } from '#test/erasures';
import { TestHub } from '#test/hub';
import { openHookedDatabase } from '#test/hooked-database';
import { assertion, type TestMember } from '#test/member';
import { replay } from '#test/replay';
import { makeDueState, storedLeaves } from '#test/states';

const SHA256 = 3;
let hub: TestHub;
let alpha: TestMember;
let bravo: TestMember;
let eraser: TestEraser;
let hooked: Database | null = null;

beforeAll(async () => {
  hub = await TestHub.create(['csam', 'tvec']);
  alpha = await hub.admit('alpha', {}, ['csam', 'tvec']);
  bravo = await hub.admit('bravo');
  eraser = await TestEraser.on({ api: hub.databases.api, worker: hub.worker, origin: hub.origin });
});
afterAll(() => hub?.drop());
afterEach(async () => {
  await hooked?.close();
  hooked = null;
  // Whatever came in between, log, feed and database say the same.
  await hub.settle();
  await replay(hub.worker, hub.origin);
});

const settings = () => ({ hub: hub.origin, delayHours: 0 });
const newValue = () => randomBytes(32).toString('hex');
const receive = async (member: TestMember, value: string, channel = 'csam'): Promise<void> => {
  await hub.receive(member, await member.batch(channel, [assertion('sha256', value)]));
};

async function say(member: TestMember, value: string, channel = 'csam'): Promise<LinePlace> {
  await receive(member, value, channel);
  await hub.settle();
  return (await eraser.lines()).at(-1)!;
}

const isHeld = async (value: string) => (await hub.held('csam', SHA256)).includes(value);

async function count(table: string, where: string): Promise<number> {
  const [row] = await hub.worker.read('count', 'system:test', (tx) =>
    tx.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table} WHERE ${where}`),
  );
  return row!.count;
}
const signalsOf = (value: string) => count('cairn.signal', `key = decode('${value}', 'hex')`);
const recordsOf = (value: string) => count('cairn.record', `key = decode('${value}', 'hex')`);

describe('an erasure', () => {
  describe('when the value is said again while its signal is being deleted', () => {
    it('lets who has found the signal look again, and the value is in the feed', async () => {
      const value = newValue();
      await eraser.erase([await say(alpha, value)]);
      await hub.settle();
      hooked = await openHookedDatabase(hub.databases.workerUrl, {
        afterCommit: async (name) => {
          if (name === 'intern-signals') await eraser.purge();
        },
      });
      await receive(bravo, value);
      const [due] = await hub.worker.read('due', 'system:test', (tx) =>
        tx.query<{ id: string }>(`SELECT id::text FROM cairn.submission WHERE state = 'received'`),
      );
      expect(await new SubmissionDecider(hooked).decide(due!.id)).toBe(true);
      await hub.settle();
      expect([await isHeld(value), await signalsOf(value)]).toEqual([true, 1]);
    });

    it('keeps the signal of a decision that has no place in the log yet', async () => {
      const value = newValue();
      const place = await say(alpha, value);
      await receive(bravo, value);
      await hub.decideAll();
      await eraser.erase([place]);
      await hub.sequencer.sequence();
      await hub.settle();
      await eraser.purge();
      expect([await isHeld(value), await signalsOf(value), await recordsOf(value)]).toEqual([true, 1, 1]);
    });
  });

  describe('when other statements are logged between its own and its effect', () => {
    it('lets no decision after it name the line, and the record is that of the new claim alone', async () => {
      const value = newValue();
      await eraser.erase([await say(alpha, value)]);
      await hub.sequencer.sequence();
      await receive(bravo, value);
      await hub.decideAll();
      await hub.sequencer.sequence();
      expect(
        await count(
          'cairn.entry',
          `erased_index IS NULL AND prev IS NULL AND log_index = (SELECT max(log_index) FROM cairn.entry)`,
        ),
      ).toBe(1);
      await hub.settle();
      expect(await isHeld(value)).toBe(true);
    });

    it('goes on when the value is said again after every trace of it in the channel is gone', async () => {
      const value = newValue();
      await eraser.erase([await say(alpha, value)]);
      await hub.settle();
      expect([await isHeld(value), await recordsOf(value)]).toEqual([false, 0]);
      await say(bravo, value);
      await eraser.purge();
      expect([await isHeld(value), await signalsOf(value)]).toEqual([true, 1]);
    });
  });

  describe('when it is not signed yet', () => {
    it('deletes nothing; then two workers delete it once', async () => {
      const value = newValue();
      await eraser.erase([await say(alpha, value)]);
      while ((await hub.sequencer.sequence()) > 0 || (await hub.rounds.publish()));
      expect(await purgeErased(hub.worker, settings())).toBeNull();
      expect(await signalsOf(value)).toBe(1);
      await hub.settle();
      const done = await Promise.all([1, 2].map(() => purgeErased(hub.worker, settings())));
      expect(done.filter((index) => index !== null)).toHaveLength(1);
      expect(await signalsOf(value)).toBe(0);
    });
  });

  describe('when one before it cannot be purged', () => {
    it('is purged all the same, and the other is told without what it is about', async () => {
      const values = [newValue(), newValue()];
      const damaged = await say(alpha, values[0]!);
      for (const place of [damaged, await say(alpha, values[1]!)]) await eraser.erase([place]);
      await hub.settle();
      const setEntries = (entries: string) =>
        hub.databases.admin.transaction('damage', 'system:test', (tx) =>
          tx.query<{ entries: string }>(
            `UPDATE cairn.submission s SET entries = decode($2, 'hex') FROM cairn.submission o
              WHERE s.log_index = $1 AND o.id = s.id RETURNING encode(o.entries, 'hex') AS entries`,
            [damaged.index, entries],
          ),
        );
      const [kept] = await setEntries('');
      await expect(eraser.purge()).rejects.toThrow(/^erasures whose bytes could not be deleted, .*: [0-9]+$/);
      expect([await signalsOf(values[0]!), await signalsOf(values[1]!)]).toEqual([1, 0]);
      await setEntries(kept!.entries);
      await eraser.purge();
      expect(await signalsOf(values[0]!)).toBe(0);
    });
  });

  describe('when it is purged late', () => {
    it('has horizons moved by the time of its statement', async () => {
      await eraser.erase([await say(alpha, newValue())]);
      await hub.settle();
      const [{ now }] = (await hub.worker.read('now', 'system:test', (tx) =>
        tx.query<{ now: Date }>('SELECT clock_timestamp() AS now'),
      )) as [{ now: Date }];
      await eraser.purge(5);
      const latest = `id = (SELECT max(id) FROM cairn.horizon_request)`;
      const before = now.toISOString();
      expect(
        await count(
          'cairn.horizon_request',
          `${latest} AND due_at <= '${before}'::timestamptz + interval '5 hours'`,
        ),
      ).toBe(1);
      expect(
        await count(
          'cairn.horizon_request',
          `${latest} AND due_at > '${before}'::timestamptz + interval '4 hours'`,
        ),
      ).toBe(1);
    });
  });

  describe('when who decides the submission was held up until it is purged', () => {
    it('leaves no signal that nobody names', async () => {
      const value = newValue();
      await receive(alpha, value);
      const [due] = await hub.worker.read('due', 'system:test', (tx) =>
        tx.query<{ id: string }>(`SELECT id::text FROM cairn.submission WHERE state = 'received'`),
      );
      let isHeldUp = true;
      hooked = await openHookedDatabase(hub.databases.workerUrl, {
        beforeTransaction: async (name) => {
          if (name !== 'intern-signals' || !isHeldUp) return;
          isHeldUp = false;
          await hub.settle();
          await eraser.erase([(await eraser.lines()).at(-1)!]);
          await hub.settle();
          await eraser.purge();
        },
      });
      expect(await new SubmissionDecider(hooked).decide(due!.id)).toBe(false);
      expect([isHeldUp, await signalsOf(value)]).toEqual([false, 0]);
    });
  });

  describe('when states hold the line', () => {
    it('takes the leaves of those between the line and its own statement, and has a new one made', async () => {
      const value = newValue();
      const place = await say(alpha, value);
      const made = (await makeDueState(hub.worker, hub.origin))!;
      await hub.settle();
      await eraser.erase([place]);
      await hub.settle();
      const after = (await makeDueState(hub.worker, hub.origin))!;
      await eraser.purge();
      expect([
        (await storedLeaves(hub.worker, made.size)).length,
        (await storedLeaves(hub.worker, after.size)).length,
      ]).toEqual([0, 257]);
      expect(await count('cairn.log_state', `size = ${made.size} AND NOT kept`)).toBe(1);
      expect(await count('cairn.log_state_head', 'made_time = 0')).toBe(1);
    });
  });

  describe('when it is asked for of lines of two channels', () => {
    it('is refused: its statement would link them for whoever receives one', async () => {
      const value = newValue();
      const lines = [await say(alpha, value), await say(alpha, value, 'tvec')];
      await expect(eraser.erase(lines)).rejects.toThrow('must all be of one channel');
      for (const line of lines) await eraser.erase([line]);
    });
  });

  describe('when a statement is asked for that two persons did not decide', () => {
    it.each(['rogue', 'erasure:1'])('is refused by the database, under the name %s', async (name) => {
      const { index, line } = await say(alpha, newValue());
      const asked = hub.worker.transaction('ask', 'system:test', (tx) =>
        requestStatement(tx, name, { kind: 'erase', lines: [{ index, line }], reason: 'data_subject' }),
      );
      await expect(asked).rejects.toThrow('erasure_statement');
    });
  });
});
