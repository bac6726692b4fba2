import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestHub, TestMember } from './api-hub.js';
import { act, VettingHub } from './applications-desk.js';
import {
  anybody,
  APPLICANT,
  applicant,
  APPLY,
  FOR_DECISION,
  got,
  machine,
  OWN,
  profileOf,
  RECORD,
  refusal,
  withArguments,
  withInput,
  type Ask,
} from './applications-hub.js';

const NOBODY = '0b5e0d1e-3a1c-4a57-9d0f-3f0b8f2f6f11';
const ENDORSE = withArguments('endorseApplicant', { endorsement: 'String!' });
const LIST = `query ($states: [ApplicationState!], $after: String) { applications(first: 1, states: $states, after: $after) {
  edges { node { id legalName state } } pageInfo { hasNextPage endCursor } } }`;

let vetting: VettingHub;
let hub: TestHub;
let alpha: TestMember;
let alice: Ask;
let albert: Ask;
let vera: Ask;
let ada: Ask;
let otto: Ask;
let mia: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub, alpha } = vetting);
  ({ alice, albert, vera, ada, otto, mia } = vetting.people);
});
afterAll(() => vetting.close());

describe('the public form', () => {
  it('names field and rule of what is wrong, and writes nothing', async () => {
    const count = () =>
      hub.database.admin.read('count', 'system:test', (tx) =>
        tx.query<{ n: number }>('SELECT count(*)::integer AS n FROM cairn.application'),
      );
    const before = await count();
    for (const [more, code, field] of [
      [{ handle: 'Not A Name' }, 'BAD_INPUT', 'profile.handle'],
      [{ policyUrl: 'http://x.example.org' }, 'BAD_INPUT', 'profile.policyUrl'],
      [{ kind: 'GOVERNMENT' }, 'NOT_ALLOWED', 'profile.channels'],
    ] as const)
      expect(await got(anybody(hub), APPLY, { profile: profileOf('wrong', more) })).toMatchObject({
        code,
        field,
      });
    expect(await count()).toEqual(before);
  });

  it('is closed to one address after ten times in an hour, and to no other', async () => {
    const from = (address: string) =>
      hub.post(
        JSON.stringify({ query: APPLY, variables: { profile: profileOf('wrong', { handle: '!' }) } }),
        {
          'x-forwarded-for': address,
        },
      );
    for (let i = 0; i < 10; i++)
      expect((await from('198.51.100.9')).body.data.apply).toMatchObject({ field: 'profile.handle' });
    expect((await from('198.51.100.9')).body.data.apply).toMatchObject({
      code: 'NOT_ALLOWED',
      field: 'application',
    });
    expect((await from('198.51.100.8')).body.data.apply).toMatchObject({ field: 'profile.handle' });
  });
});

describe('what is not for a caller', () => {
  it('is refused by the field table, whoever asks', async () => {
    const { id, ask } = await vetting.inReview('guarded');
    const input = { application: id };
    const review = [withInput('reviewApplication', 'ApplicationActInput'), { input }] as const;
    const decide = [
      withInput('decideApplication', 'DecisionInput'),
      { input: { application: id, direction: 'ADMIT', digest: '' } },
    ] as const;
    const record = [RECORD, { id }] as const;
    const endorse = [ENDORSE, { endorsement: 'x' }] as const;
    const own = [OWN, {}] as const;
    const found = ['{ application { checklist { missing } } }', {}] as const;
    const apply = [APPLY, { profile: profileOf('x') }] as const;
    const forbidden: [Ask, (readonly [string, Record<string, unknown>])[]][] = [
      [ask, [review, decide, record, endorse, apply, found, [FOR_DECISION, { id }], [APPLICANT, { id }]]],
      [vera, [decide, endorse, own, apply]],
      [albert, [review, endorse, own, apply]],
      [ada, [review, decide, endorse, own, [FOR_DECISION, { id }]]],
      [otto, [review, decide, record, endorse, own]],
      [mia, [review, decide, record, own]],
      [machine(hub, alpha), [review, decide, record, own, apply]],
    ];
    for (const [who, queries] of forbidden)
      for (const [query, variables] of queries)
        expect(await refusal(who, query, variables)).toEqual([403, 'FORBIDDEN']);
    for (const [query, variables] of [review, decide, record, endorse, own])
      expect(await refusal(anybody(hub), query, variables)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await got(ada, RECORD, { id })).toMatchObject({ state: 'IN_REVIEW', conflict: false });
  });

  it('is the same as what is not there', async () => {
    const { id } = await vetting.apply('draft-only');
    const asked = [id, NOBODY, 'x', ''];
    const answers = await Promise.all(asked.map((one) => got(machine(hub, alpha), APPLICANT, { id: one })));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]).toMatchObject({ __typename: 'NotFound' });
    for (const one of [NOBODY, 'x']) {
      expect(await got(vera, RECORD, { id: one })).toMatchObject({ __typename: 'NotFound' });
      expect(await got(vera, FOR_DECISION, { id: one })).toMatchObject({ __typename: 'NotFound' });
      expect(await act(vera, 'reviewApplication', 'ApplicationActInput', { application: one })).toMatchObject(
        { code: 'NOT_FOUND', field: 'application' },
      );
    }
  });

  it('needs a secret that opens an application', async () => {
    for (const secret of ['A'.repeat(43), 'x', ''])
      expect(await refusal(applicant(hub, secret), OWN)).toEqual([401, 'UNAUTHENTICATED']);
  });

  it('is what staff would do for an organisation of their own', async () => {
    const { id } = await vetting.inReview('related');
    const group = { application: id, group: 'beta' };
    expect(await act(vera, 'setApplicationControlGroup', 'ControlGroupInput', group)).toMatchObject({
      __typename: 'ApplicationActed',
    });
    await vetting.administers(alice, 'beta');
    expect(await got(alice, RECORD, { id })).toMatchObject({ conflict: true });
    const input = { application: id, code: 'legal_entity', outcome: 'PASS' };
    expect(await act(alice, 'recordApplicationCheck', 'ApplicationCheckInput', input)).toMatchObject({
      code: 'NOT_ALLOWED',
      field: 'person',
    });
    expect(await act(vera, 'recordApplicationCheck', 'ApplicationCheckInput', input)).toMatchObject({
      __typename: 'ApplicationActed',
    });
  });
});

describe('the list of applications', () => {
  it('goes on from page to page, by state, for its reader alone', async () => {
    const states = ['IN_REVIEW'];
    const first = await got(vera, LIST, { states });
    expect(first).toMatchObject({
      edges: [{ node: { state: 'IN_REVIEW' } }],
      pageInfo: { hasNextPage: true },
    });
    const after = first.pageInfo.endCursor;
    const second = await got(vera, LIST, { states, after });
    expect(second.edges[0].node.id).not.toBe(first.edges[0].node.id);
    expect(await refusal(vera, LIST, { states: ['DRAFT'], after })).toEqual([400, 'INVALID_CURSOR']);
    expect(await refusal(ada, LIST, { states, after })).toEqual([400, 'INVALID_CURSOR']);
  });
});
