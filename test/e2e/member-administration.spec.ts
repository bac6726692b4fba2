import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { withClient } from '#libs/platform';
import { recordConformancePass } from '#test/conformance-pass';
import type { TestHub } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { got, machine, refusal, type Ask } from './applications-hub.js';

const RECORD = `__typename ... on MemberRecord { member name kind status accredited controlGroup
  application rights { channel submit receive changing } conformance { counts } waivers { channel reason person counts } }`;
const acting = (name: string, type: string): string =>
  `mutation ($input: ${type}!) { ${name}(input: $input) { ${RECORD} ... on ActRefused { code field rule } } }`;
const SET_RIGHT = acting('setMemberRight', 'MemberRightInput');
const WAIVE = acting('waiveConformance', 'ConformanceWaiverInput');
const ACCREDIT = acting('setAccreditation', 'AccreditationInput');
const REGROUP = acting('setControlGroup', 'MemberControlGroupInput');
const RECALL = acting('recallMember', 'RecallInput');
const MEMBER = `query ($name: String!) { member(name: $name) { ${RECORD} ... on NotFound { code } } }`;
const MEMBERS = `query ($first: Int!, $after: String, $status: MemberStatus) { members(first: $first, after: $after, status: $status) {
  edges { node { member status } } pageInfo { hasNextPage endCursor } } }`;
const RIGHTS = `query ($member: String!) { memberRights(member: $member) { __typename
  ... on MemberRights { member rights { channel submit receive } conformance { counts } } ... on NotFound { code } } }`;
const ACTS = `query ($member: String!, $first: Int!, $after: String) { memberActs(member: $member, first: $first, after: $after) {
  edges { node { number act channel submit receive basis waivedBy accredited controlGroup from reason person at } }
  pageInfo { hasNextPage endCursor } } }`;

const BOTH = { submit: true, receive: true };
const NONE = { submit: false, receive: false };

let vetting: VettingHub;
let hub: TestHub;
let alice: Ask;
let albert: Ask;
let mia: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  ({ alice, albert, mia } = vetting.people);
  await hub.admit('hotline', 'hotline');
  await hub.admit('ministry', 'government');
  await hub.admit('college', 'academic');
  await hub.settle();
});
afterAll(() => vetting.close());

const setRight = (who: Ask, member: string, right = BOTH, more: object = {}) =>
  got(who, SET_RIGHT, { input: { member, channel: 'csam', note: 'as agreed', ...right, ...more } });
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const waive = (who: Ask, member: string, more: object = {}) =>
  got(who, WAIVE, { input: { member, channel: 'csam', reason: 'shown by hand', until: inDays(7), ...more } });
const actsOn = async (member: string): Promise<Record<string, unknown>[]> =>
  (await got(alice, ACTS, { member, first: 50 })).edges.map(({ node }: { node: object }) => node);
const idOf = async (who: Ask): Promise<string> => (await got(who, '{ viewer { id } }')).id as string;

async function idOfMember(member: string): Promise<number> {
  const [row] = await hub.database.admin.read('find', 'system:test', (tx) =>
    tx.query<{ id: number }>('SELECT id FROM cairn.member WHERE handle = $1', [member]),
  );
  return row!.id;
}

async function pass(member: string, daysAgo = 0): Promise<void> {
  const id = await idOfMember(member);
  await hub.database.admin.transaction('pass', 'system:test', (tx) => recordConformancePass(tx, id, daysAgo));
}

/** Past the triggers that keep it as it is. */
async function rewrite(sql: string): Promise<void> {
  await withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (admin) =>
    admin.query(`BEGIN; SET LOCAL session_replication_role = replica; ${sql}; COMMIT`),
  );
}

describe('the right of a member on a channel', () => {
  it('takes a conformance pass that counts by the policy in force', async () => {
    expect(await setRight(alice, 'beta')).toMatchObject({ code: 'NO_CONFORMANCE', field: 'member' });
    await pass('beta', 181);
    expect(await setRight(alice, 'beta')).toMatchObject({ code: 'NO_CONFORMANCE' });
    expect(await actsOn('beta')).toEqual([]);
    await pass('beta', 3);
    expect(await setRight(alice, 'beta')).toMatchObject({
      member: 'beta',
      rights: [{ channel: 'csam', ...NONE, changing: true }],
      conformance: { counts: true },
    });
    await hub.settle();
    expect(await got(alice, MEMBER, { name: 'beta' })).toMatchObject({
      rights: [{ channel: 'csam', ...BOTH, changing: false }],
    });
    expect(await actsOn('beta')).toMatchObject([
      {
        act: 'RIGHT',
        channel: 'csam',
        ...BOTH,
        basis: 'PASS',
        reason: 'as agreed',
        person: await idOf(alice),
      },
    ]);
  });

  it('is taken without a pass, and what was taken is not given back without one', async () => {
    await rewrite('DELETE FROM conformance_step');
    expect(await setRight(alice, 'beta')).toMatchObject({ member: 'beta' });
    expect((await actsOn('beta'))[0]).toMatchObject({ basis: 'NOTHING_MORE' });
    expect(await setRight(alice, 'beta', { submit: false, receive: true })).toMatchObject({ member: 'beta' });
    // Not logged yet: what was taken is taken.
    expect(await setRight(alice, 'beta')).toMatchObject({ code: 'NO_CONFORMANCE' });
    await hub.settle();
    expect(await setRight(alice, 'beta')).toMatchObject({ code: 'NO_CONFORMANCE' });
    expect(await setRight(alice, 'beta', NONE)).toMatchObject({ member: 'beta' });
    await hub.settle();
    expect(await got(alice, MEMBER, { name: 'beta' })).toMatchObject({ rights: [] });
  });

  it('is not given back by an act at the same time as the one that takes it', async () => {
    await pass('beta');
    await setRight(alice, 'beta');
    await hub.settle();
    await rewrite('DELETE FROM conformance_step');
    const [taken, given] = await Promise.all([setRight(alice, 'beta', NONE), setRight(albert, 'beta')]);
    expect(taken).toMatchObject({ member: 'beta' });
    await hub.settle();
    const { rights } = await got(alice, MEMBER, { name: 'beta' });
    // Whichever came first: the later one either took it, or was refused.
    expect([given.code ?? 'given', rights]).toEqual([expect.stringMatching(/^(NO_CONFORMANCE|given)$/), []]);
  });

  it('is given on a waiver, by another person than the one who gave that', async () => {
    await waive(alice, 'beta', { channel: 'csam' });
    expect(await setRight(alice, 'beta')).toMatchObject({ code: 'SAME_PERSON', field: 'person' });
    expect(await setRight(albert, 'beta')).toMatchObject({
      waivers: [{ channel: 'csam', reason: 'shown by hand', person: await idOf(alice), counts: true }],
    });
    expect((await actsOn('beta'))[0]).toMatchObject({ basis: 'WAIVER', waivedBy: await idOf(alice) });
    await hub.settle();
    expect(await setRight(albert, 'beta', NONE)).toMatchObject({ member: 'beta' });
  });

  it('is not given on a waiver that has run out, nor on one for another channel or member', async () => {
    await hub.createChannel('spam');
    await hub.settle();
    expect(await setRight(albert, 'beta', BOTH, { channel: 'spam' })).toMatchObject({
      code: 'NO_CONFORMANCE',
    });
    expect(await setRight(albert, 'hotline')).toMatchObject({ code: 'NO_CONFORMANCE' });
    await rewrite(
      `UPDATE conformance_waiver SET at = at - interval '8 days', until = until - interval '8 days'`,
    );
    expect(await setRight(albert, 'beta')).toMatchObject({ code: 'NO_CONFORMANCE' });
    expect(await waive(alice, 'beta', { until: inDays(91) })).toMatchObject({ field: 'until' });
    expect(await waive(alice, 'beta', { until: inDays(-1) })).toMatchObject({ field: 'until' });
    expect(await waive(alice, 'beta', { until: 'tomorrow' })).toMatchObject({ field: 'until' });
    expect(await waive(alice, 'beta', { channel: 'nowhere' })).toMatchObject({ field: 'channel' });
    expect(await waive(alice, 'beta', { channel: null })).toMatchObject({ member: 'beta' });
    expect(await setRight(albert, 'beta', BOTH, { channel: 'spam' })).toMatchObject({ member: 'beta' });
  });

  it('is never given to an observer, and to an academic body only if the policy says so', async () => {
    expect(await setRight(alice, 'ministry')).toMatchObject({
      code: 'NOT_ALLOWED',
      field: 'member',
      rule: 'a government body is an observer and is given no right on a channel',
    });
    expect(await waive(alice, 'ministry')).toMatchObject({ code: 'NOT_ALLOWED' });
    await pass('college');
    expect(await setRight(alice, 'college')).toMatchObject({ code: 'NOT_ALLOWED', field: 'member' });
  });

  it('names what is wrong with the request', async () => {
    const cases: [object, object][] = [
      [{ member: 'nobody' }, { code: 'NOT_FOUND', field: 'member' }],
      [{ channel: 'nowhere' }, { code: 'NOT_FOUND', field: 'channel' }],
      [{ channel: 'No Name' }, { code: 'BAD_INPUT', field: 'channel' }],
      [{ note: ' ' }, { code: 'BAD_INPUT', field: 'note' }],
    ];
    for (const [more, expected] of cases)
      expect(await setRight(alice, 'beta', BOTH, more)).toMatchObject(expected);
  });
});

describe('the database', () => {
  const asPerson = (sql: string) =>
    withClient(hub.database.apiUrl, { searchPath: 'cairn' }, async (api) => {
      await api.query(`BEGIN; SELECT set_config('cairn.actor', 'person:${await idOf(albert)}', true)`);
      await api.query(sql);
    });
  const right = (columns: string, values: string): string =>
    `INSERT INTO member_act (member_id, act, channel_id, submit, receive, reason, basis${columns})
      SELECT w.member_id, 'right', c.id, true, true, 'x', ${values} FROM conformance_waiver w, channel c
       WHERE c.name = 'csam' ORDER BY w.id DESC LIMIT 1`;
  const WAIVED = ', waiver_id, waiver_scope, waived_by, waived_until';

  it('lets nobody give a right on a waiver of their own, or on none', async () => {
    await waive(albert, 'beta');
    await expect(
      asPerson(right(WAIVED, `'waiver', w.id, w.scope, w.person_id, w.until`)),
    ).rejects.toMatchObject({ constraint: 'member_act_two_persons_ck' });
    const other = Number(await idOf(alice));
    await expect(asPerson(right(WAIVED, `'waiver', w.id, w.scope, ${other}, w.until`))).rejects.toMatchObject(
      { constraint: 'member_act_waiver_fk' },
    );
    await expect(asPerson(right('', `'waiver'`))).rejects.toMatchObject({
      constraint: 'member_act_waiver_ck',
    });
    await expect(asPerson(right('', `'pass'`))).rejects.toMatchObject({ constraint: 'member_act_pass_ck' });
    // In whose name an act is, is not the caller's to say.
    await expect(asPerson(right(', person_id', `'sandbox', ${other}`))).rejects.toMatchObject({
      code: '42501',
    });
  });

  it('keeps the history as it is', async () => {
    for (const table of ['member_act', 'conformance_waiver'])
      for (const sql of [
        `UPDATE ${table} SET reason = 'x'`,
        `DELETE FROM ${table}`,
        `TRUNCATE ${table} CASCADE`,
      ])
        await expect(
          withClient(hub.database.adminUrl, { searchPath: 'cairn' }, (admin) => admin.query(sql)),
        ).rejects.toThrow(`what was recorded in ${table} stays as it is`);
  });
});

describe('accreditation, control group and recall', () => {
  it('are set with a reason, logged, and kept in the history of the member', async () => {
    const reason = 'after the yearly audit';
    expect(await got(alice, ACCREDIT, { input: { member: 'beta', accredited: true, reason } })).toMatchObject(
      {
        code: 'NOT_ALLOWED',
        field: 'accredited',
      },
    );
    // Of two that follow one another, the later keeps what the earlier changed.
    const accredit = { member: 'hotline', accredited: false, reason };
    expect(await got(alice, ACCREDIT, { input: accredit })).toMatchObject({ member: 'hotline' });
    const regroup = { member: 'hotline', group: 'holding', reason };
    expect(await got(albert, REGROUP, { input: regroup })).toMatchObject({ member: 'hotline' });
    expect(await got(albert, RECALL, { input: { member: 'hotline', from: 3, reason } })).toMatchObject({
      member: 'hotline',
    });
    await hub.settle();
    expect(await got(alice, MEMBER, { name: 'hotline' })).toMatchObject({
      accredited: false,
      controlGroup: 'holding',
    });
    const person = await idOf(albert);
    expect(await actsOn('hotline')).toMatchObject([
      { act: 'RECALL', from: 3, person, reason },
      { act: 'CONTROL_GROUP', controlGroup: 'holding', person, reason, accredited: null },
      { act: 'ACCREDITATION', accredited: false, person: await idOf(alice), reason },
    ]);
  });

  it('are refused without a reason, beyond the log, or under a name that is none', async () => {
    const before = await actsOn('hotline');
    const refused = [
      [ACCREDIT, { accredited: true, reason: '' }, 'reason'],
      [REGROUP, { group: 'Some Group', reason: 'x' }, 'group'],
      [RECALL, { from: 1_000_000, reason: 'x' }, 'from'],
    ] as const;
    for (const [query, more, field] of refused)
      expect(await got(alice, query, { input: { member: 'hotline', ...more } })).toMatchObject({
        code: 'BAD_INPUT',
        field,
      });
    expect(await actsOn('hotline')).toEqual(before);
  });
});

describe('who may', () => {
  const right = { input: { member: 'beta', channel: 'csam', note: 'x', ...NONE } };

  it('act: approvers alone, and not on what they administer', async () => {
    const { vera, ada, otto } = vetting.people;
    for (const ask of [vera, ada, otto, mia, machine(hub, vetting.alpha)])
      expect(await refusal(ask, SET_RIGHT, right)).toEqual([403, 'FORBIDDEN']);
    await vetting.administers(albert, 'beta');
    for (const [query, more] of [
      [SET_RIGHT, { channel: 'csam', note: 'x', ...NONE }],
      [WAIVE, { reason: 'x', until: inDays(1) }],
      [RECALL, { from: 0, reason: 'x' }],
    ] as const)
      expect(await got(albert, query, { input: { member: 'beta', ...more } })).toMatchObject({
        code: 'NOT_ALLOWED',
        field: 'person',
      });
    expect(await setRight(alice, 'beta', NONE)).toMatchObject({ member: 'beta' });
  });

  it('read: staff all members, an administrator the rights of its own', async () => {
    const { vera, ada, otto } = vetting.people;
    for (const ask of [vera, ada])
      expect(await got(ask, MEMBER, { name: 'beta' })).toMatchObject({ member: 'beta', kind: 'PLATFORM' });
    for (const ask of [otto, mia])
      expect(await refusal(ask, MEMBER, { name: 'beta' })).toEqual([403, 'FORBIDDEN']);
    expect(await got(mia, RIGHTS, { member: 'alpha' })).toMatchObject({ member: 'alpha', conformance: null });
    expect(await got(mia, RIGHTS, { member: 'beta' })).toEqual(await got(mia, RIGHTS, { member: 'nobody' }));
    expect(await got(vera, RIGHTS, { member: 'beta' })).toMatchObject({ member: 'beta' });
    expect(await got(vera, MEMBER, { name: 'nobody' })).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('page through members and acts', async () => {
    const { vera } = vetting.people;
    const page = async (after: string | null = null): Promise<string[]> => {
      const { edges, pageInfo } = await got(vera, MEMBERS, { first: 2, after });
      const names = edges.map(({ node }: { node: { member: string } }) => node.member) as string[];
      return pageInfo.hasNextPage ? [...names, ...(await page(pageInfo.endCursor))] : names;
    };
    expect(await page()).toEqual(['alpha', 'beta', 'college', 'hotline', 'ministry']);
    await hub.suspend(vetting.alpha);
    const suspended = await got(vera, MEMBERS, { first: 10, status: 'SUSPENDED' });
    expect(suspended.edges).toEqual([{ node: { member: 'alpha', status: 'SUSPENDED' } }]);
    const first = await got(vera, ACTS, { member: 'hotline', first: 2 });
    const second = await got(vera, ACTS, { member: 'hotline', first: 2, after: first.pageInfo.endCursor });
    expect([...first.edges, ...second.edges].map(({ node }) => node.act)).toEqual([
      'RECALL',
      'CONTROL_GROUP',
      'ACCREDITATION',
    ]);
  });
});
