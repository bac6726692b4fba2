import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { feedOrigin, provenanceOrigin, readLeaves, requestStatement } from '#libs/ledger';
import { listStates, makeState, type MadeState } from '#libs/provenance';
import {
  type Change,
  decodeStatement,
  meetsState,
  parseStrictJson,
  type ProjectionState,
  readRound,
  RecordSet,
  signalTypeByName,
  sortChanges,
  STATE_SALT_BYTES,
  StateEncoder,
  toHex,
} from '#libs/protocol';
import { TestHub } from '#test/hub';
import { assertion, type TestMember } from '#test/member';
import { admitMembers, anyStep, runSteps } from '#test/random-history';
import { projectOn, projectedTo } from '#test/replay';
import { checkState, makeDueState, openStored, storedLeaves } from '#test/states';

const RUNS = Number(process.env['PARITY_RUNS'] ?? 3);
const STEPS = 25;
const HOUR_MS = 3_600_000;

const value = (n: number) => String(n).padStart(64, '0');
const sizeOf = async (hub: TestHub, table = 'cairn.log', where = 'feed IS NULL') => {
  const [row] = await hub.worker.read('size', 'system:test', (tx) =>
    tx.query<{ size: number }>(`SELECT size::float8 AS size FROM ${table} WHERE ${where}`),
  );
  return row!.size;
};

/** Whether a line below a state is erased by a statement that is not: no replay comes to that state any more. */
const isErasedSince = async (hub: TestHub, { size }: MadeState): Promise<boolean> => {
  const [row] = await hub.worker.read('erased', 'system:test', (tx) =>
    tx.query<{ erased: boolean }>(
      `SELECT EXISTS (SELECT FROM cairn.erased_line g JOIN cairn.erasure a ON a.id = g.erasure_id
                       WHERE g.log_index < $1 AND a.log_index >= $1) AS erased`,
      [size],
    ),
  );
  return row!.erased;
};

describe('states of a hub', () => {
  describe('when random histories run through it', () => {
    it('are what the pure projection gives, and projecting goes on from them', async () => {
      const anySteps = fc.array(anyStep, { minLength: STEPS, maxLength: STEPS });
      await fc.assert(
        fc.asyncProperty(anySteps, anySteps, async (before, after) => {
          const hub = await TestHub.create(['csam', 'aaa']);
          try {
            const members = await admitMembers(hub);
            const revoked = new Set<string>();
            await runSteps(hub, members, before, revoked);
            await hub.decideAll();
            // Sequenced, and not projected yet: none of it belongs to the state.
            await hub.sequencer.sequence();
            const made = (await makeDueState(hub.worker, hub.origin))!;
            if (!(await isErasedSince(hub, made))) await checkState(hub.worker, hub.origin, made);
            await runSteps(hub, members, after, revoked);
            await hub.settle();
            if (!(await isErasedSince(hub, made))) {
              await checkState(hub.worker, hub.origin, made);
              await checkContinuation(hub, made);
            }
            const last = (await makeDueState(hub.worker, hub.origin))!;
            expect(last.size).toBe(await sizeOf(hub));
            await checkState(hub.worker, hub.origin, last);
          } finally {
            await hub.drop();
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
    }, 600_000);
  });

  /** The opened state meets the set roots of its time, and goes on to where a replay from zero comes. */
  async function checkContinuation(hub: TestHub, made: MadeState): Promise<void> {
    const opened = await openStored(hub.worker, hub.origin, made);
    await checkSetRoots(hub, opened);
    const size = await sizeOf(hub);
    const continued = await hub.worker.read('continue', 'system:test', (tx) =>
      projectOn(tx, hub.origin, opened, size),
    );
    const salts = (await storedLeaves(hub.worker, made.size)).map((leaf) =>
      leaf.subarray(0, STATE_SALT_BYTES),
    );
    const root = new StateEncoder(await projectedTo(hub.worker, hub.origin, size)).root(salts);
    expect(meetsState(continued, { kind: 'state', size, root }, salts)).toBe(true);
  }

  async function checkSetRoots(hub: TestHub, state: ProjectionState): Promise<void> {
    const rounds = await sizeOf(hub, 'cairn.log', `feed = 'csam'`);
    const leaves = await hub.worker.read('rounds', 'system:test', (tx) =>
      readLeaves(tx, feedOrigin(hub.origin, 'csam'), 0, rounds),
    );
    const roots = new Map<string, string>();
    for (const leaf of leaves) {
      const text = Buffer.from(leaf).toString();
      const round = readRound(parseStrictJson(text), text);
      if (round.kind !== 'round' || round.log.size > state.size) continue;
      for (const { type, root } of round.changes) roots.set(type, root);
    }
    for (const [type, root] of roots) {
      const { keyLength } = signalTypeByName(type)!;
      const adds = [...state.channels.get('csam')!.signals.get(type)!.values()]
        .filter(({ metadata }) => metadata !== null)
        .map(({ key, metadata }): Change => ({
          op: 'add',
          key,
          metadata: metadata!,
          value: new Uint8Array(0),
        }));
      const set = RecordSet.empty({ type, keyLength, hasValues: false }).apply(sortChanges(adds));
      expect(toHex(set.root)).toBe(root);
    }
  }

  describe('when time passes', () => {
    let hub: TestHub;
    let author: TestMember;
    let n = 0;
    beforeAll(async () => {
      hub = await TestHub.create();
      author = await hub.admit('alpha');
    });
    afterAll(() => hub.drop());

    const make = (everyHours: number) => makeState(hub.worker, { hub: hub.origin, everyHours });
    const age = (hours: number) =>
      hub.databases.admin.transaction('age', 'system:test', (tx) =>
        tx.execute('UPDATE cairn.log_state_head SET made_time = made_time - $1', [hours * HOUR_MS]),
      );
    const submit = async () => {
      await hub.receive(author, await author.batch('csam', [assertion('sha256', value(++n))]));
      await hub.settle();
    };
    const listed = () => hub.databases.api.read('list', 'system:api', (tx) => listStates(tx, { first: 10 }));

    it('makes none of a hub that is younger than the time between two', async () => {
      await submit();
      expect(await make(1)).toBeNull();
    });

    it('makes one, which the log shows, and none before the time has passed again', async () => {
      const size = await sizeOf(hub);
      const made = await make(0);
      expect(made).toMatchObject({ size });
      expect(await listed()).toEqual([]);
      await submit();
      const [leaf] = await hub.worker.read('leaf', 'system:test', (tx) =>
        readLeaves(tx, provenanceOrigin(hub.origin), size, size + 1),
      );
      expect(decodeStatement(leaf!)).toMatchObject({ kind: 'state', ...made });
      expect(await listed()).toEqual([{ index: size, ...made, kept: true }]);
      expect(await make(1)).toBeNull();
      await age(1);
      expect(await make(1)).toMatchObject({ size: size + 2 });
      await hub.settle();
    });

    it('makes none when nothing follows from what was logged since', async () => {
      expect(await make(0)).toBeNull();
      for (const body of [
        { kind: 'published', feeds: [] },
        { kind: 'audit', size: 1, head: value(0) },
        { kind: 'bootstrap', staff: 1 },
      ] as const) {
        await hub.worker.transaction('ask', 'system:test', (tx) => requestStatement(tx, body.kind, body));
      }
      await hub.settle();
      expect(await make(0)).toBeNull();
      await hub.worker.transaction('ask', 'system:test', (tx) =>
        requestStatement(tx, 'tick', { kind: 'tick' }),
      );
      await hub.settle();
      expect(await make(0)).not.toBeNull();
      await hub.settle();
    });

    it('waits no longer for a clock that was set back than that takes', async () => {
      await submit();
      await age(-1);
      expect(await make(2)).toBeNull();
      await age(-1000);
      expect(await make(2)).not.toBeNull();
      await submit();
      expect(await make(2)).toBeNull();
    });

    it('keeps the leaves of the last two that are logged, and of those that are still to be', async () => {
      await hub.settle();
      const before = await listed();
      await make(0);
      const [newest, second, ...older] = before;
      expect(await listed()).toEqual([newest, second, ...older.map((state) => ({ ...state, kept: false }))]);
      const sizes = await hub.worker.read('sizes', 'system:test', (tx) =>
        tx.query<{ size: number; leaves: number }>(
          'SELECT size::float8 AS size, count(*)::integer AS leaves FROM cairn.log_state_leaf GROUP BY size ORDER BY size DESC',
        ),
      );
      expect(sizes.map(({ size }) => size).slice(1)).toEqual([newest!.size, second!.size]);
      expect(sizes.every(({ leaves }) => leaves === 257)).toBe(true);
    });
  });
});
