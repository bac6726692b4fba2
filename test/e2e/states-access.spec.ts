import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '#libs/platform';
import { meetsState, STATE_LEAVES, STATE_SALT_BYTES, StateOpener, type StateStatement } from '#libs/protocol';
import { projectedTo } from '#test/replay';
import { makeDueState } from '#test/states';
import { terminalSession } from './cli-session.js';
import { ReplayHub } from './replay-hub.js';

const TICKET = `mutation ($purpose: String) { requestReplayTicket(purpose: $purpose) { ... on ReplayTicket { prefix } } }`;
const READS = '{ evidenceReads(first: 200) { edges { node { from end purpose } } } }';
const STATES = '{ states(first: 10) { index size root kept } }';

let replay: ReplayHub;
let statement: StateStatement;
let index: number;
let prefix: string;

async function asPerson(persona: string, query: string, variables: object = {}) {
  const session = await terminalSession(replay.hub, persona);
  return replay.hub.post(JSON.stringify({ query, variables }), { authorization: `Session ${session}` });
}

const get = (path: string, under = prefix): Promise<Response> =>
  fetch(`${replay.hub.url}${under}/state/${path}`);
const bytesOf = async (path: string): Promise<Uint8Array> => {
  const answer = await get(path);
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'private, no-store']);
  return new Uint8Array(await answer.arrayBuffer());
};

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
  const made = (await makeDueState(replay.hub.worker, replay.hub.config.origin))!;
  statement = { kind: 'state', ...made };
  index = made.size;
  await replay.hub.settle();
  const { body } = await asPerson('ada', TICKET, { purpose: 'begin in the middle' });
  prefix = body.data.requestReplayTicket.prefix as string;
});
afterAll(() => replay?.close());

describe('a logged state', () => {
  it('is listed for whoever may replay the log, and for nobody else', async () => {
    const { kind: _, ...made } = statement;
    const listed = [{ index, ...made, kept: true }];
    expect((await asPerson('ada', STATES)).body.data.states).toEqual(listed);
    const { body } = await replay.hub.graphql(replay.members.alpha, STATES);
    expect(body.data.states).toEqual(listed);
    expect((await asPerson('noah', STATES)).body.errors![0]!.extensions.code).toBe('FORBIDDEN');
    const none = await asPerson('ada', '{ states(first: 0) { index } }');
    expect(none.body.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('is met with its salts by whoever has replayed up to it, who is shown nothing else', async () => {
    const bytes = await bytesOf(`${index}/salts`);
    const salts = Array.from({ length: STATE_LEAVES }, (_, n) =>
      bytes.subarray(STATE_SALT_BYTES * n, STATE_SALT_BYTES * (n + 1)),
    );
    expect(bytes.length).toBe(STATE_SALT_BYTES * STATE_LEAVES);
    const { hub } = replay;
    const own = await projectedTo(hub.worker, hub.config.origin, statement.size);
    expect(meetsState(own, statement, salts)).toBe(true);
    expect((await asPerson('ada', READS)).body.data.evidenceReads.edges).toEqual([]);
  });

  it('is opened by an auditor leaf by leaf, and each leaf is recorded', async () => {
    const opener = new StateOpener(statement, replay.hub.config.origin, await bytesOf(`${index}/0`));
    while (opener.leaves < STATE_LEAVES) opener.add(await bytesOf(`${index}/${opener.leaves}`));
    const state = opener.finish();
    expect(state.channels.get('csam')!.signals.get('sha256')!.size).toBeGreaterThan(5);
    const { edges } = (await asPerson('ada', READS)).body.data.evidenceReads;
    expect(edges).toHaveLength(200);
    expect(edges[0].node).toEqual({ from: 0, end: statement.size, purpose: 'begin in the middle' });
    const [read] = await replay.hub.database.admin.read('reads', 'system:test', (tx) =>
      tx.query<{ n: number }>('SELECT count(*)::integer AS n FROM cairn.evidence_read'),
    );
    expect(read!.n).toBe(STATE_LEAVES);
  });

  it('is shown to no member, and what is not there is answered alike', async () => {
    const { body } = await replay.hub.graphql(replay.members.alpha, TICKET);
    const member = body.data.requestReplayTicket.prefix as string;
    for (const path of [`${index}/0`, `${index}/salts`]) expect((await get(path, member)).status).toBe(404);
    for (const path of [
      `${index}/257`,
      `${index}/00`,
      `${index}/`,
      `${index - 1}/0`,
      `${index - 1}/salts`,
      '0/0',
    ])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
  });

  it('is shown to nobody who is no auditor any more, or whose grant is old', async () => {
    const change = (sql: string): Promise<unknown> =>
      withClient(replay.hub.database.adminUrl, {}, (client) =>
        client.query(`SET session_replication_role = replica; ${sql}`),
      );
    await change(`UPDATE cairn.replay_grant SET at = at - interval '2 hours'`);
    expect((await get(`${index}/1`)).status).toBe(404);
    await change(`UPDATE cairn.replay_grant SET at = at + interval '2 hours'`);
    expect((await get(`${index}/1`)).status).toBe(200);
    await change(`DELETE FROM cairn.role_change WHERE role = 'auditor'`);
    expect((await get(`${index}/1`)).status).toBe(404);
    expect((await get(`${index}/salts`)).status).toBe(404);
  });
});
