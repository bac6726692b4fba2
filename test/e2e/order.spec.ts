import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DECISION_FAILURES, type DecisionFailure, FailingDecider } from '#test/failing-decider';
import { checkHistory } from '#test/history';
import { TestHub } from '#test/hub';
import { FeedFollower } from '#test/log-follower';
import { assertion, retraction, type TestEntry, type TestMember } from '#test/member';
import { replay } from '#test/replay';

const RUNS = Number(process.env['ORDER_RUNS'] ?? 5);
const MEMBERS = 3;
const STEPS = 30;

/** What a member sends, in this order: an assertion of many, at once the retraction of one of them, and perhaps more. */
interface Plan {
  /** Places at which deciding the first submission fails, one after the other. */
  failures: readonly DecisionFailure[];
  size: number;
  retracted: number;
  more: number;
}

/** A step of the hub; numbers choose among what is there to be done. */
type Step = 'decide' | 'sequence' | 'publish' | 'sign' | { receiveFrom: number };
type Schedule = readonly { step: Step; choice: number }[];

const plan = (size: fc.Arbitrary<number>): fc.Arbitrary<Plan> =>
  fc.record({
    failures: fc.array(fc.constantFrom(...DECISION_FAILURES), { minLength: 2, maxLength: 2 }),
    size,
    retracted: fc.nat(),
    more: fc.integer({ min: 0, max: 3 }),
  });
const schedule: fc.Arbitrary<Schedule> = fc.array(
  fc.record({
    step: fc.oneof(
      { weight: 4, arbitrary: fc.constant<Step>('decide') },
      { weight: 3, arbitrary: fc.nat(MEMBERS - 1).map((receiveFrom): Step => ({ receiveFrom })) },
      { weight: 3, arbitrary: fc.constantFrom<Step>('sequence', 'publish') },
      { weight: 1, arbitrary: fc.constant<Step>('sign') },
    ),
    choice: fc.nat(),
  }),
  { minLength: STEPS, maxLength: STEPS },
);
const scenario = (size: fc.Arbitrary<number>) =>
  fc.record({
    plans: fc.array(plan(size), { minLength: MEMBERS, maxLength: MEMBERS }),
    schedule,
  });

describe('the order of receipt', () => {
  let hub: TestHub;
  let decider: FailingDecider;
  let feed: FeedFollower;
  const members: TestMember[] = [];
  const counters = new Map<string, number>();

  beforeAll(async () => {
    hub = await TestHub.create();
    decider = await FailingDecider.open(hub.databases.workerUrl);
    feed = new FeedFollower(hub.worker, hub.origin, 'csam');
    for (let i = 0; i < MEMBERS; i++) members.push(await hub.admit(`member-${i}`));
  });
  afterAll(async () => {
    await decider.close();
    await hub.drop();
  });

  describe('when deciding, failing, sequencing and publishing mix in any way', () => {
    it('is the order of the log, and what was retracted at once is not in the feed', async () => {
      await fc.assert(
        fc.asyncProperty(scenario(fc.integer({ min: 1, max: 12 })), ({ plans, schedule }) =>
          play(plans, schedule),
        ),
        { numRuns: RUNS, endOnFailure: true },
      );
      await checkHistory(hub.worker, hub.origin);
      await replay(hub.worker, hub.origin);
    }, 600_000);
  });

  describe('when 10,000 are asserted and one is retracted at once', () => {
    const first = { failures: ['decide-submission:before-commit', 'intern-signals:after-commit'], more: 1 };
    const small = { failures: [], size: 3, retracted: 0, more: 0 };
    const plans = [{ ...first, size: 10_000, retracted: 4_711 } as Plan, small, small];
    const receive = { step: { receiveFrom: 0 }, choice: 0 } as const;
    /** Decides the one at a place among the undecided, then lets the rest of the hub run. */
    const decide = (choice: number): Schedule => [
      { step: 'decide', choice },
      { step: 'sequence', choice: 0 },
      { step: 'publish', choice: 0 },
    ];

    it('leaves that one out when the retraction is decided first', async () => {
      await play(plans, [receive, receive, ...decide(1), ...decide(0), ...decide(0), ...decide(0)]);
    }, 120_000);

    it('leaves it out when the assertion is decided while the retraction arrives', async () => {
      await play(plans, [receive, ...decide(0), receive, ...decide(1), receive, ...decide(0)]);
    }, 120_000);

    it('leaves it out in an order of chance', async () => {
      const schedules = fc.sample(schedule, 1);
      await play(plans, schedules[0]!);
    }, 120_000);
  });

  /** Plays a schedule with new values, lets the hub come to rest, and holds the feed against what the members said. */
  async function play(plans: readonly Plan[], steps: Schedule): Promise<void> {
    const lines = plans.map(script);
    const undecided: { id: string; failures: DecisionFailure[] }[] = [];
    for (const { step, choice } of steps) {
      if (typeof step === 'object') await receiveNext(step.receiveFrom);
      else if (step === 'decide') await decideOne(choice);
      else if (step === 'sequence') await hub.sequencer.sequence();
      else if (step === 'publish') await hub.rounds.publish();
      else expect(await hub.checkpoints.publish()).toEqual([]);
    }
    for (let i = 0; i < MEMBERS; i++) while (lines[i]!.batches.length > 0) await receiveNext(i);
    while (undecided.length > 0) await decideOne(undecided.length - 1);
    await hub.settle();
    await feed.poll();
    const held = feed.keys('sha256');
    for (const { standing, retracted } of lines) {
      expect(held.has(retracted)).toBe(false);
      expect(standing.filter((value) => !held.has(value))).toEqual([]);
    }

    async function receiveNext(author: number): Promise<void> {
      const next = lines[author]!.batches.shift();
      if (next === undefined) return;
      const member = members[author]!;
      const batch = await member.batch('csam', next.entries);
      const counter = (counters.get(member.name) ?? 0) + 1;
      expect(await hub.receive(member, batch)).toMatchObject({ ok: true, counter });
      counters.set(member.name, counter);
      undecided.push({ id: await idOf(batch.jti), failures: [...next.failures] });
    }

    /** Decides, or fails to; what failed stays to be decided, as its job would run again. */
    async function decideOne(choice: number): Promise<void> {
      if (undecided.length === 0) return;
      const at = choice % undecided.length;
      const { id, failures } = undecided[at]!;
      const failure = failures.shift();
      const attempt = decider.decide(id, failure);
      if (failure === undefined) {
        await attempt;
        undecided.splice(at, 1);
        return;
      }
      // After a decision that was committed although it seemed to fail there is nothing left that could fail.
      await attempt.catch((error: Error) => expect(error.message).toBe(`told to fail at ${failure}`));
    }
  }

  async function idOf(jti: string): Promise<string> {
    const rows = await hub.worker.read('find', 'system:test', (tx) =>
      tx.query<{ id: string }>('SELECT id::text FROM cairn.submission WHERE jti = $1', [jti]),
    );
    return rows[0]!.id;
  }
});

interface Script {
  batches: { entries: TestEntry[]; failures: readonly DecisionFailure[] }[];
  standing: string[];
  retracted: string;
}

function script({ failures, size, retracted: place, more }: Plan): Script {
  const values = newValues(size);
  const retracted = values[place % size]!;
  const others = newValues(more);
  return {
    batches: [
      { entries: values.map((value) => assertion('sha256', value)), failures },
      { entries: [retraction('sha256', retracted)], failures: [] },
      ...others.map((value) => ({ entries: [assertion('sha256', value)], failures: [] })),
    ],
    standing: [...values.filter((value) => value !== retracted), ...others],
    retracted,
  };
}

function newValues(count: number): string[] {
  const seed = randomUUID();
  return Array.from({ length: count }, (_, i) => createHash('sha256').update(`${seed} ${i}`).digest('hex'));
}
