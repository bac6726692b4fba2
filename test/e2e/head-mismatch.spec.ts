import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { provenanceOrigin, rootAt } from '#libs/ledger';
import { toHex } from '#libs/protocol';
import {
  answered,
  startWithSubmitters,
  type GraphqlAnswer,
  type TestHub,
  type TestMember,
} from './api-hub.js';
import { terminalSession } from './cli-session.js';
import { giveRoles } from './people-hub.js';

const LIST = `query ($first: Int!, $after: String) { headMismatches(first: $first, after: $after) {
  edges { node { number member at headSize headRoot logSize logRoot } } pageInfo { hasNextPage endCursor } } }`;
const OTHER = 'ab'.repeat(32);
const FATAL = 60;

let hub: TestHub;
let alice: TestMember;
let silent: TestMember;
let size: number;

beforeAll(async () => {
  ({ hub, alice, silent } = await startWithSubmitters());
  await giveRoles(hub, [
    ['ada', 'auditor'],
    ['vera', 'vetter'],
    ['alice', 'approver'],
    ['otto', 'operator'],
  ]);
  await hub.settle();
  const text = await (await fetch(`${hub.url}/log/checkpoint`)).text();
  size = Number(text.split('\n')[1]);
});
afterAll(() => hub?.close());

const line = (digit: string): object => ({
  op: 'assert',
  type: 'sha256',
  value: digit.repeat(64),
  salt: digit.repeat(32),
});

const submit = async (author: TestMember, head: object): Promise<unknown> =>
  answered(await hub.submit(author, 'csam', [line('e')], { head }));

const asPerson = async (persona: string, variables: object = { first: 10 }): Promise<GraphqlAnswer> => {
  const session = await terminalSession(hub, persona);
  const body = JSON.stringify({ query: LIST, variables });
  return hub.post(body, { authorization: `Session ${session}` });
};

const alarms = (): Record<string, unknown>[] =>
  hub.log
    .map((text) => JSON.parse(text) as Record<string, unknown>)
    .filter(({ level, msg }) => level === FATAL && /another history/.test(String(msg)));

async function counted(): Promise<number> {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  return Number(/^cairn_head_mismatches_total (\d+)$/m.exec(text)![1]);
}

describe('a submission that names a head which the log never had', () => {
  it('is refused, said at the highest level without any hash, and counted, once a day and each time', async () => {
    expect(await counted()).toBe(0);
    for (const times of [1, 2]) {
      expect(await submit(alice, { size, root: OTHER })).toMatchObject({ code: 'HEAD_MISMATCH' });
      expect(alarms()).toMatchObject([{ member: 'alice', headSize: size, logSize: size }]);
      expect(await counted()).toBe(times);
    }
    expect(await submit(silent, { size: size + 9, root: OTHER })).toMatchObject({ code: 'HEAD_MISMATCH' });
    expect(alarms()).toHaveLength(2);
    expect(hub.log.filter((text) => text.includes(OTHER) || text.includes('e'.repeat(32)))).toEqual([]);
  });

  it('is listed for auditors, page by page, the latest first', async () => {
    const first = (await asPerson('ada', { first: 1 })).body.data.headMismatches;
    expect(first.edges).toMatchObject([
      { node: { member: 'silent', headSize: size + 9, headRoot: OTHER, logSize: size, logRoot: null } },
    ]);
    expect(first.pageInfo.hasNextPage).toBe(true);
    const more = { first: 1, after: first.pageInfo.endCursor as string };
    const second = (await asPerson('ada', more)).body.data.headMismatches;
    const root = await hub.worker.read('root', 'system:test', (tx) =>
      rootAt(tx, provenanceOrigin(hub.config.origin), size),
    );
    expect(second.edges).toMatchObject([
      { node: { member: 'alice', headRoot: OTHER, logRoot: toHex(root) } },
    ]);
    expect(second.pageInfo.hasNextPage).toBe(false);
    const wrong = await asPerson('ada', { first: 1, after: 'x' });
    expect(wrong.body.errors![0]!.extensions.code).toBe('INVALID_CURSOR');
  });

  it.each(['vera', 'alice', 'otto', 'noah'])('is not listed for %s, who is no auditor', async (persona) => {
    const { body } = await asPerson(persona);
    expect(body.errors![0]!.extensions.code).toBe('FORBIDDEN');
  });

  it('is not listed for members', async () => {
    const { body } = await hub.graphql(alice, LIST, { first: 10 });
    expect(body.errors![0]!.extensions.code).toBe('FORBIDDEN');
  });

  it('is not changed and not taken back by anybody', async () => {
    for (const sql of [
      'DELETE FROM cairn.head_mismatch',
      'UPDATE cairn.head_mismatch SET log_size = log_size',
      'TRUNCATE cairn.head_mismatch',
    ])
      await expect(
        hub.database.admin.transaction('rewrite', 'system:test', (tx) => tx.query(sql)),
      ).rejects.toThrow();
  });
});
