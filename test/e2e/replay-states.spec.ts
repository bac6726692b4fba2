import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { HttpOptions } from '#libs/client';
import type { MadeState } from '#libs/provenance';
import { decodeStatement, encodeStatement, STATE_SALT_BYTES, StateEncoder } from '#libs/protocol';
import { makeDueState, openStored, storedLeaves } from '#test/states';
import { assertion, POLICY, retraction } from './api-hub.js';
import { cairnIn } from './cli-session.js';
import { LyingHub, type Lies } from './lying-hub.js';
import { ReplayHub, value } from './replay-hub.js';

let replay: ReplayHub;
let first: MadeState & { index: number };
let second: MadeState & { index: number };
let runs = 0;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
  first = await makeState();
  await goOn();
  // Records of a type that the policy drops stay, and sets of such a type must be met like others.
  await keepTypes(POLICY.types.filter((type) => type !== 'pdq'));
  second = await makeState();
  await keepTypes(POLICY.types);
  await goOn();
});
afterAll(() => replay?.close());

async function makeState(): Promise<MadeState & { index: number }> {
  const { worker, config } = replay.hub;
  const made = (await makeDueState(worker, config.origin))!;
  await replay.hub.settle();
  return { ...made, index: made.size };
}

async function keepTypes(types: readonly string[]): Promise<void> {
  await replay.hub.channels.setPolicy('system:test', 'csam', { ...POLICY, types: [...types] });
  await replay.hub.settle();
}

/** What was said before is taken back, said again, voided, and falls due. */
async function goOn(): Promise<void> {
  const { alpha, hotline } = replay.members;
  const n = 20 + 10 * runs++;
  await replay.submit(hotline, [assertion('sha256', value(n)), assertion('pdq', value(n))]);
  await replay.submit(alpha, [retraction('sha256', value(8), { reason: 'error' })]);
  await replay.submit(alpha, [assertion('sha256', value(8)), assertion('sha256', value(2))]);
  await replay.hub.members.setStatus('system:test', 'alpha', n === 20 ? 'active' : 'probation');
  await replay.hub.settle();
  await replay.tick();
}

const audit = (more: readonly string[] = [], http?: HttpOptions, work = `states-${runs++}`) =>
  replay.audit(work, { more, ...(http === undefined ? {} : { http }) });
const fromState = (...more: string[]) => ['--from-state', ...more];

/** The same hub, but for what it answers below `/replay/<ticket>/state/`. */
function showing(
  { http }: Pick<LyingHub, 'http'>,
  change: (path: string, honest: Response) => Promise<Response> | Response,
): HttpOptions {
  return {
    ...http,
    fetch: async (url, init) => {
      const answer = await http.fetch!(url, init);
      const [, path] = /\/state\/(.+)$/.exec(new URL(String(url)).pathname) ?? [];
      return path === undefined ? answer : change(path, answer);
    },
  };
}

/** One hub that does not lie, as the real one is when it is asked for first: made anew it takes a second. */
let made: Promise<LyingHub> | null = null;
const honest = (): Promise<LyingHub> => (made ??= LyingHub.of(replay.hub, {}));

/** A hub whose second state is without a signal, and whose log commits to that. */
async function withoutSignal(): Promise<HttpOptions> {
  const { worker, config } = replay.hub;
  const state = await openStored(worker, config.origin, second);
  const salts = (await storedLeaves(worker, second.size)).map((leaf) => leaf.subarray(0, STATE_SALT_BYTES));
  state.channels.get('csam')!.signals.get('sha256')!.delete(value(2));
  const encoder = new StateEncoder(state);
  const root = encoder.root(salts);
  const liar = await LyingHub.of(replay.hub, {
    leaves: (leaves) => leaves.map((leaf) => committing(leaf, { root })),
  });
  return showing(liar, (path, answer) => {
    const [index, number] = path.split('/').map(Number);
    if (index !== second.index || Number.isNaN(number)) return answer;
    return new Response(Buffer.from(encoder.leaf(number!, salts[number!]!)));
  });
}

function committing(leaf: Uint8Array, change: { root: string } | { size: number }): Uint8Array {
  const statement = decodeStatement(leaf);
  const isIt = statement.kind === 'state' && statement.size === second.size;
  return isIt ? encodeStatement({ ...statement, ...change }) : leaf;
}

describe('a replay from the first statement', () => {
  it('meets the states on its way, from nothing but their salts', async () => {
    const asked: string[] = [];
    const http = showing(await honest(), (path, answer) => (asked.push(path), answer));
    const { code, json } = await audit([], http);
    expect([code, json.differences]).toEqual([0, []]);
    expect(json).toMatchObject({ statesMet: 2, trust: { base: null, states: 0 } });
    expect(asked).toEqual([`${first.index}/salts`, `${second.index}/salts`]);
  });

  it('says of a state that commits to something else which leaf differs', async () => {
    const { code, json } = await audit([], await withoutSignal());
    expect([code, json.statesMet]).toEqual([4, 1]);
    expect(json.differences).toMatchObject([{ kind: 'wrong_state', index: second.index }]);
    expect(json.differences[0].detail).toMatch(/leaf [1-9]\d* differs$/);
  });

  it('sees a root that no leaves lead to', async () => {
    const root = '11'.repeat(32);
    const lies = { leaves: (leaves: Uint8Array[]) => leaves.map((leaf) => committing(leaf, { root })) };
    const { json } = await audit([], (await LyingHub.of(replay.hub, lies)).http);
    expect(json.differences).toMatchObject([{ kind: 'wrong_state', index: second.index }]);
    expect(json.differences[0].detail).toContain('not those of the statement');
  });

  it('is not kept from its report by a hub that refuses its leaves', async () => {
    const root = '11'.repeat(32);
    const lies = { leaves: (leaves: Uint8Array[]) => leaves.map((leaf) => committing(leaf, { root })) };
    const http = showing(await LyingHub.of(replay.hub, lies), (path, answer) =>
      path.endsWith('/salts') ? answer : new Response('no\n', { status: 500 }),
    );
    const { code, json } = await audit([], http);
    expect([code, json.differences[0].detail]).toEqual([4, expect.stringContaining('does not show leaf 0')]);
  });

  it('refuses the log of another hub', async () => {
    const renamed = (leaf: Uint8Array): Uint8Array => {
      const statement = decodeStatement(leaf);
      return statement.kind === 'hub' ? encodeStatement({ ...statement, origin: 'other.example' }) : leaf;
    };
    const { http } = await LyingHub.of(replay.hub, { leaves: (leaves) => leaves.map(renamed) });
    const { code, err } = await audit([], http);
    expect([code, JSON.parse(err).error.code]).toEqual([4, 'HUB_STATEMENT_INVALID']);
  });

  it('goes on when rounds come that belong between statements which were read already', async () => {
    const work = `states-${runs++}`;
    const behind: Lies = { rounds: (all, feed) => (feed === 'csam' ? all.slice(0, -3) : all) };
    await audit([], (await LyingHub.of(replay.hub, behind)).http, work);
    const { code, json } = await audit([], (await honest()).http, work);
    expect([code, json.differences]).toEqual([0, []]);
  });

  it('counts the states of which the hub keeps nothing', async () => {
    const http = showing(await honest(), (path, answer) =>
      path.startsWith(`${first.index}/`) ? new Response('no\n', { status: 404 }) : answer,
    );
    const { code, json } = await audit([], http);
    expect([code, json.statesMet, json.trust.states]).toEqual([0, 1, 1]);
  });
});

describe('a replay from a state', () => {
  it('asks for nothing below it, and meets the sets of its time and all that follows', async () => {
    const evidence: number[] = [];
    const { http } = await honest();
    const watching: HttpOptions = {
      ...http,
      fetch: (url, init) => {
        const [, from] = /\/evidence\/(\d+)-/.exec(String(url)) ?? [];
        if (from !== undefined) evidence.push(Number(from));
        return http.fetch!(url, init);
      },
    };
    const { code, json } = await audit(fromState(), watching);
    expect([code, json.differences]).toEqual([0, []]);
    expect(json.trust).toMatchObject({ base: { index: second.index, size: second.size }, states: 0 });
    expect(json.statements).toBe(json.logSize - second.size);
    expect(json.trust.whole.submissions).toBe(3);
    expect(json.rootsMet).toBeGreaterThan(3);
    expect(Math.min(...evidence)).toBeGreaterThanOrEqual(second.size);
  });

  it('begins with the one asked for, and meets the next', async () => {
    const { code, json } = await audit(fromState(String(first.index)));
    expect([code, json.differences, json.statesMet]).toEqual([0, [], 1]);
    expect(json.trust).toMatchObject({ base: { index: first.index }, whole: { submissions: 6 } });
  });

  it('goes on with what it has when the log has grown, and says it in words', async () => {
    const work = `states-${runs++}`;
    await audit(fromState(String(first.index)), undefined, work);
    await goOn();
    const asked: string[] = [];
    const itself = { http: { fetch } };
    const http = showing(itself, (path, answer) => (asked.push(path), answer));
    const { code, json } = await audit(fromState(String(first.index)), http, work);
    expect([code, json.differences, json.trust.base.index]).toEqual([0, [], first.index]);
    expect(json.statements).toBe(json.logSize - first.size);
    expect(asked.filter((path) => !path.endsWith('/salts'))).toEqual([]);
    const args = ['audit', 'replay', '--purpose', 'audit', '--policy', replay.policyFile(), '--from-state'];
    const { out } = await cairnIn(replay.auditor, args, { plain: true });
    expect(out).toContain(`the state at log index ${second.index}: that it follows from the`);
  });

  it('is not passed off as one from the first statement, nor the other way round', async () => {
    const work = `states-${runs++}`;
    const other = `states-${runs++}`;
    await audit([], undefined, work);
    await audit(fromState(String(first.index)), undefined, other);
    const refused = { code: 6 };
    expect(await audit(fromState(), undefined, work)).toMatchObject(refused);
    expect(await audit([], undefined, other)).toMatchObject(refused);
    const third = await audit(fromState(String(second.index)), undefined, other);
    expect([third.code, JSON.parse(third.err).error.code]).toEqual([6, 'STORE_INVALID']);
  });

  it('sees a state whose records the feed does not have', async () => {
    const { code, json } = await audit(fromState(), await withoutSignal());
    expect(code).toBe(4);
    expect(json.differences).toContainEqual(
      expect.objectContaining({ kind: 'wrong_set_root', feed: 'csam', type: 'sha256' }),
    );
  });

  it('holds what is below the state to the log as ever: roots, and types that were never announced', async () => {
    const wrong: Lies['rounds'] = (all) =>
      all.map((round, at) => (at === 1 ? { ...round, log: { ...round.log, root: '11'.repeat(32) } } : round));
    const roots = await audit(fromState(), (await LyingHub.of(replay.hub, { rounds: wrong })).http);
    expect(roots.json.differences).toContainEqual(
      expect.objectContaining({ kind: 'wrong_log_root', feed: 'csam', round: 1 }),
    );
    const changes: Lies['changes'] = (all, { type }) => (type === 'pdq' ? [] : all);
    const { json } = await audit(fromState(), (await LyingHub.of(replay.hub, { changes })).http);
    expect(json.differences).toContainEqual(
      expect.objectContaining({ kind: 'wrong_set_root', feed: 'csam', type: 'pdq' }),
    );
  });

  it('uses nothing of leaves that are not those of the statement', async () => {
    for (const number of ['0', '256']) {
      const http = showing(await honest(), async (path, answer) => {
        if (!path.endsWith(`/${number}`)) return answer;
        const bytes = Buffer.from(await answer.arrayBuffer());
        bytes[3]! ^= 1;
        return new Response(bytes);
      });
      const { code, err } = await audit(fromState(), http);
      expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'EVIDENCE_MALFORMED' } }]);
    }
  });

  it('begins with no state of a size that its log did not have', async () => {
    const size = second.index + 1;
    const lies = { leaves: (leaves: Uint8Array[]) => leaves.map((leaf) => committing(leaf, { size })) };
    const { code, err } = await audit(
      fromState(String(second.index)),
      (await LyingHub.of(replay.hub, lies)).http,
    );
    expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'EVIDENCE_MALFORMED' } }]);
  });

  it('says what is missing when the hub keeps no state, or the log has none there', async () => {
    const none = showing(await honest(), () => new Response('no\n', { status: 404 }));
    const missing = showing(await honest(), (path, answer) =>
      path.endsWith('/40') ? new Response('no\n', { status: 404 }) : answer,
    );
    for (const run of [audit(fromState(), none), audit(fromState(), missing), audit(fromState('1'))]) {
      const { code, err } = await run;
      expect([code, JSON.parse(err)]).toMatchObject([3, { error: { code: 'NOT_FOUND' } }]);
    }
  });

  it('is for auditors', async () => {
    const { code } = await replay.audit('x', { more: fromState('one') });
    expect(code).toBe(2);
    const member = await replay.replayAs(replay.members.alpha, undefined, undefined, fromState());
    expect([member.code, JSON.parse(member.err).error.code]).toEqual([2, 'OPTION_INVALID']);
  });
});
