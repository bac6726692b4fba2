import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ensureSandbox } from '#libs/membership';
import { withClient } from '#libs/platform';
import { assertion, randomValue, TestHub, type TestMember } from './api-hub.js';
import { passConformance, SandboxCopy, type Task } from './conformance-copy.js';

const OPERATOR = 'system:test';
const BOTH = { submit: true, receive: true };

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;

beforeAll(async () => {
  hub = await TestHub.start();
  await hub.database.admin.transaction('ensure-sandbox', 'system:hub', ensureSandbox);
  await hub.createChannel('csam');
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  await hub.settle();
  await hub.submit(bob, 'sandbox', [assertion('sha256', randomValue()), assertion('sha256', randomValue())]);
  await hub.settle();
});
afterAll(() => hub.close());

/** Steps of a run that are passed, by how many. */
async function begin(steps: number, copy = new SandboxCopy(hub, alice)) {
  const { id: run, task } = await copy.start();
  let next: Task = task;
  const report = async (step: string, facts: object) => {
    const judged = await copy.report({ run, step, ...facts });
    expect(judged).toMatchObject({ __typename: 'ConformanceRun' });
    next = judged.task;
    return judged;
  };
  if (steps > 0) await report('SUBMIT', { submission: await copy.submit('assert', next.values) });
  if (steps > 1) {
    await copy.pull();
    await report('PULL', copy.facts(next));
  }
  if (steps > 2) {
    const submission = await copy.submit('retract', next.values);
    await copy.pull();
    await report('TOMBSTONE', { submission, ...copy.facts(next) });
  }
  return { run: run as string, copy, task: next };
}

const steps = (answer: { steps: { step: string; passed: boolean; reason: string | null }[] }) =>
  answer.steps.map(({ step, passed, reason }) => [step, passed, reason]);

describe('admission', () => {
  it('gives both rights on the sandbox, and none to a government body', async () => {
    const ministry = await hub.admit('ministry', 'government');
    await hub.settle();
    const query = '{ me { channels { channel submit receive } } }';
    const mine = await hub.graphql(alice, query);
    expect(mine.body.data.me.channels).toEqual([{ channel: 'sandbox', ...BOTH }]);
    expect((await hub.graphql(ministry, query)).body.data.me.channels).toEqual([]);
    expect(await new SandboxCopy(hub, ministry).start()).toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('leaves name and policy of the sandbox to the hub', async () => {
    const policy = { tlp: 'amber', types: ['sha256'], labels: [], corroboration: 2 } as const;
    expect(await hub.channels.create(OPERATOR, 'sandbox', policy)).toMatchObject({ code: 'TAKEN' });
    expect(await hub.channels.setPolicy(OPERATOR, 'sandbox', policy)).toMatchObject({ code: 'NOT_ALLOWED' });
  });
});

describe('a conformance run', () => {
  it('is passed by a copy that follows the feed', async () => {
    const passed = await passConformance(hub, alice);
    expect(passed).toMatchObject({ state: 'PASSED', task: null });
    expect(steps(passed)).toEqual([
      ['SUBMIT', true, null],
      ['PULL', true, null],
      ['TOMBSTONE', true, null],
      ['RESET', true, null],
    ]);
    expect(new Set(passed.steps.map((step: { reportDigest: string }) => step.reportDigest)).size).toBe(4);
  });

  it('goes on while others change the sandbox', async () => {
    const { run, copy, task } = await begin(1);
    await copy.pull();
    const facts = copy.facts(task);
    await hub.submit(bob, 'sandbox', [assertion('sha256', randomValue())]);
    await hub.settle();
    expect(await copy.report({ run, step: 'PULL', ...facts })).toMatchObject({ state: 'RUNNING' });
  });

  describe('when a step is not passed', () => {
    it('names the tombstone that a copy did not apply', async () => {
      const { run, copy, task } = await begin(2, new SandboxCopy(hub, alice, false));
      const submission = await copy.submit('retract', task.values);
      await copy.pull();
      const failed = await copy.report({ run, step: 'TOMBSTONE', submission, ...copy.facts(task) });
      expect(failed).toMatchObject({ state: 'FAILED', task: null });
      expect(steps(failed).at(-1)).toEqual(['TOMBSTONE', false, 'TOMBSTONE_NOT_APPLIED']);
      const again = await copy.report({ run, step: 'TOMBSTONE', submission, ...copy.facts(task) });
      expect(again).toMatchObject({ __typename: 'ConformanceRefused', code: 'OVER' });
    });

    it('names the tombstone in a copy that was not rebuilt for the reset', async () => {
      const { run, copy, task } = await begin(3);
      const reset = await copy.pull(task.after!);
      const kept = new SandboxCopy(hub, alice, false);
      await kept.pull();
      const script = await retractedOf(run);
      kept.held.add(script);
      const failed = await copy.report({ run, step: 'RESET', reset, ...kept.facts(task) });
      expect(steps(failed).at(-1)).toEqual(['RESET', false, 'TOMBSTONE_NOT_APPLIED']);
    });

    it.each<[string, string, (facts: Facts) => object]>([
      ['another root', 'WRONG_ROOT', (facts) => ({ ...facts, root: randomBytes(32).toString('hex') })],
      ['another answer', 'WRONG_ANSWER', (facts) => ({ ...facts, answer: randomBytes(32).toString('hex') })],
      ['a size beyond the head', 'AHEAD_OF_FEED', (facts) => ({ ...facts, size: facts.size + 1 })],
      ['a copy of before', 'STALE_COPY', (facts) => ({ ...facts, size: 1 })],
    ])('says so for %s', async (_what, reason, change) => {
      const { run, copy, task } = await begin(1);
      await copy.pull();
      const failed = await copy.report({ run, step: 'PULL', ...change(copy.facts(task)) });
      expect(failed.state).toBe('FAILED');
      expect(steps(failed).at(-1)).toEqual(['PULL', false, reason]);
    });

    it('says so for a copy that lacks what another member submitted', async () => {
      const { run, copy, task } = await begin(1);
      await copy.pull();
      const foreign = 'f'.repeat(62);
      await new SandboxCopy(hub, bob).submit('assert', [`${foreign}01`]);
      await copy.pull();
      copy.held.delete(`${foreign}01`);
      const failed = await copy.report({ run, step: 'PULL', ...copy.facts(task) });
      expect(steps(failed).at(-1)).toEqual(['PULL', false, 'WRONG_ANSWER']);
    });

    it('says so for a reset that was not met', async () => {
      const { run, copy, task } = await begin(3);
      const failed = await copy.report({ run, step: 'RESET', reset: 'OTHER', ...copy.facts(task) });
      expect(steps(failed).at(-1)).toEqual(['RESET', false, 'RESET_NOT_SEEN']);
    });

    it('says so for a batch of other values', async () => {
      const { run, copy, task } = await begin(0);
      const submission = await copy.submit('assert', [...task.values.slice(1), randomValue()]);
      const failed = await copy.report({ run, step: 'SUBMIT', submission });
      expect(steps(failed)).toEqual([['SUBMIT', false, 'WRONG_BATCH']]);
    });
  });

  describe('when a report cannot be judged', () => {
    it('records nothing and says why', async () => {
      const { run, copy, task } = await begin(0);
      const refusal = async (input: object) => (await copy.report({ run, ...input })).code as string;
      expect(await refusal({ step: 'PULL', size: 1, root: 'x', answer: 'x' })).toBe('WRONG_STEP');
      expect(await refusal({ step: 'SUBMIT' })).toBe('BAD_INPUT');
      expect(await refusal({ step: 'SUBMIT', submission: 'x' })).toBe('BAD_INPUT');
      const unknown = '00000000-0000-4000-8000-000000000000';
      expect(await refusal({ step: 'SUBMIT', submission: unknown })).toBe('BAD_INPUT');
      const entries = task.values.map((value) => assertion('sha256', value));
      const sent = await hub.submit(alice, 'sandbox', entries);
      const submission = sent.body.data.submit.jti as string;
      expect(await refusal({ step: 'SUBMIT', submission })).toBe('NOT_YET');
      await hub.settle();
      expect(await copy.report({ run, step: 'SUBMIT', submission })).toMatchObject({ state: 'RUNNING' });
      expect(await refusal({ step: 'PULL', size: 1, root: 'x', answer: 'x' })).toBe('BAD_INPUT');
    });

    it('takes a submission of another member for none', async () => {
      const { run, copy, task } = await begin(0);
      const submission = await new SandboxCopy(hub, bob).submit('assert', task.values);
      expect(await copy.report({ run, step: 'SUBMIT', submission })).toMatchObject({ code: 'BAD_INPUT' });
    });

    it('is refused once the run has expired', async () => {
      const { run, copy, task } = await begin(0);
      const submission = await copy.submit('assert', task.values);
      await age(run, '2 hours');
      const answer = await copy.report({ run, step: 'SUBMIT', submission });
      expect(answer).toMatchObject({ __typename: 'ConformanceRefused', code: 'EXPIRED', field: 'run' });
      const { body } = await hub.graphql(alice, '{ conformanceRuns { id state task { step } } }');
      const runs = body.data.conformanceRuns as { id: string }[];
      expect(runs.find(({ id }) => id === run)).toEqual({ id: run, state: 'EXPIRED', task: null });
    });

    it('knows another member’s run no better than one that is not there', async () => {
      const { run, task } = await begin(0);
      const stranger = new SandboxCopy(hub, bob);
      const submission = await stranger.submit('assert', task.values);
      const theirs = await stranger.report({ run, step: 'SUBMIT', submission });
      const none = { run: '00000000-0000-4000-8000-000000000000', step: 'SUBMIT', submission };
      expect(theirs).toEqual({ __typename: 'NotFound', code: 'NOT_FOUND' });
      expect(await stranger.report(none)).toEqual(theirs);
      expect(await stranger.report({ ...none, run: 'x' })).toEqual(theirs);
      const { body } = await hub.graphql(bob, '{ conformanceRuns { id } }');
      expect(body.data.conformanceRuns).toEqual([]);
    });

    it('is judged once when it comes twice at once', async () => {
      const { run, copy, task } = await begin(0);
      const submission = await copy.submit('assert', task.values);
      const both = await Promise.all([1, 2].map(() => copy.report({ run, step: 'SUBMIT', submission })));
      const names = both.map((answer) => answer.__typename as string).sort();
      expect(names).toEqual(['ConformanceRefused', 'ConformanceRun']);
    });
  });

  it('is not started more than twenty times a day', async () => {
    const copy = new SandboxCopy(hub, bob);
    const answers = [];
    for (let i = 0; i < 21; i++) answers.push((await copy.start()).__typename);
    expect(answers.filter((name) => name === 'ConformanceRun')).toHaveLength(20);
    expect(await copy.start()).toMatchObject({ code: 'TOO_MANY' });
  });
});

describe('the right on a production channel', () => {
  let carol: TestMember;
  const give = (right = BOTH, terms = {}) => hub.channels.setRight(OPERATOR, 'carol', 'csam', right, terms);

  beforeAll(async () => {
    carol = await hub.admit('carol');
    await hub.settle();
  });

  it('is refused without a pass, also after a run that was begun', async () => {
    expect(await give()).toMatchObject({ ok: false, code: 'NO_CONFORMANCE', field: 'member' });
    await begin(3, new SandboxCopy(hub, carol));
    expect(await give()).toMatchObject({ ok: false, code: 'NO_CONFORMANCE' });
  });

  it('is given after a pass, and not after one that is too old', async () => {
    expect(await passConformance(hub, carol)).toMatchObject({ state: 'PASSED' });
    const [run] = (await hub.graphql(carol, '{ conformanceRuns { id } }')).body.data.conformanceRuns as [
      { id: string },
    ];
    await age(run.id, '181 days');
    expect(await give()).toMatchObject({ code: 'NO_CONFORMANCE' });
    expect(await give(BOTH, { conformanceDays: 182 })).toEqual({ ok: true });
    await hub.settle();
  });

  it('is taken, and stays as it is, without a pass; what was taken is not given back', async () => {
    const receive = { submit: false, receive: true };
    expect(await give()).toEqual({ ok: true });
    await hub.settle();
    expect(await give(receive)).toEqual({ ok: true });
    // Not logged yet: what was taken is taken.
    expect(await give(BOTH)).toMatchObject({ code: 'NO_CONFORMANCE' });
    await hub.settle();
    expect(await give(BOTH)).toMatchObject({ code: 'NO_CONFORMANCE' });
    expect(await give({ submit: false, receive: false })).toEqual({ ok: true });
  });
});

type Facts = { size: number; root: string; answer: string };

/** Makes a run, and what was judged of it, older. */
async function age(run: string, by: string): Promise<void> {
  await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, async (admin) => {
    await admin.query(`BEGIN; SET LOCAL session_replication_role = replica`);
    const moved = `expires_at = expires_at - $2::interval`;
    await admin.query(
      `WITH r AS (UPDATE conformance_run SET started_at = started_at - $2::interval, ${moved} WHERE run = $1 RETURNING id)
        UPDATE conformance_step s SET at = at - $2::interval, ${moved} FROM r WHERE s.run_id = r.id`,
      [run, by],
    );
    await admin.query('COMMIT');
  });
}

/** The value that a run had retracted. */
async function retractedOf(run: string): Promise<string> {
  const rows = await hub.database.admin.read('challenge', OPERATOR, (tx) =>
    tx.query<{ value: string }>(
      `SELECT encode(s.entries, 'escape') AS value FROM cairn.submission s, cairn.conformance_run r
        WHERE r.run = $1 AND s.member_id = r.member_id ORDER BY s.id DESC LIMIT 1`,
      [run],
    ),
  );
  return (JSON.parse(rows[0]!.value) as { value: string }).value;
}
