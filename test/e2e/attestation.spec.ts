import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ATTESTATION_TOPICS, sweepMemberships } from '#libs/membership';
import { withClient } from '#libs/platform';
import { act, PUBLISH, VettingHub } from './applications-desk.js';
import { got, refusal, withInput } from './applications-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';

const SHOW = `query ($member: String!) { attestation(member: $member) { __typename ... on NotFound { code }
  ... on Attestation { application member state agreementAccepted topics filed { number answers signatory outcome note } } } }`;
const ACCEPTANCES = `query ($id: ID!) { applicationRecord(id: $id) {
  ... on ApplicationRecord { acceptances { version name } } } }`;
const DAY_MS = 86_400_000;
const SIGNATORY = { name: 'Ada Example', title: 'Director', email: 'ada@example.org' };

let vetting: VettingHub;
let application: string;

beforeAll(async () => {
  vetting = await VettingHub.start();
  const made = await vetting.apply('newcomer');
  await vetting.acceptAgreement(made.ask);
  application = made.id;
  // As after a year of membership; how an application comes there is told by other tests.
  await withClient(vetting.hub.database.adminUrl, { searchPath: 'cairn' }, (admin) =>
    admin.query(`BEGIN; SET LOCAL session_replication_role = replica;
      UPDATE application SET state = 'active', attest_by = now() + interval '1 hour',
        member_id = (SELECT id FROM member WHERE handle = 'alpha') WHERE id = '${application}'; COMMIT`),
  );
});
afterAll(() => vetting.close());

const answers = (change: object[] = []): object[] => [
  ...ATTESTATION_TOPICS.slice(change.length).map((topic) => ({ topic, changed: false })),
  ...change,
];
const file = (given: object[]) =>
  act(vetting.people.mia, 'fileAttestation', 'AttestationInput', { answers: given, ...SIGNATORY });
const show = () => got(vetting.people.mia, SHOW, { member: 'alpha' });

describe('the yearly attestation', () => {
  it('is asked for when it is due, filed by an administrator and reviewed by staff', async () => {
    const { alice, vera } = vetting.people;
    const ask = () => act(vera, 'askAttestation', 'ReasonedActInput', { application, reason: 'yearly' });
    expect(await ask()).toMatchObject({ code: 'NOT_READY', field: 'attestation' });
    expect(await file(answers())).toMatchObject({ code: 'ILLEGAL_MOVE' });
    await vetting.passHours(2);
    expect(await ask()).toMatchObject({ state: 'RE_ATTESTATION_DUE' });
    expect(await show()).toMatchObject({ application, state: 'RE_ATTESTATION_DUE', filed: [] });

    const changed = { topic: 'legal_entity', changed: true, what: 'Another register number.' };
    for (const wrong of [
      answers().slice(1),
      [...answers().slice(1), answers()[1]!],
      answers([{ topic: 'legal_entity', changed: true }]),
    ])
      expect(await file(wrong)).toMatchObject({ code: 'BAD_INPUT' });
    const { number } = await file(answers());
    const review = (attestation: number, outcome: string, note?: string) =>
      act(alice, 'reviewAttestation', 'AttestationReviewInput', { application, attestation, outcome, note });
    expect(await review(number, 'INCOMPLETE', 'And the register?')).toMatchObject({
      state: 'RE_ATTESTATION_DUE',
    });
    const { number: second } = await file(answers([changed]));
    expect(await review(number, 'ACCEPTED')).toMatchObject({ code: 'TAKEN', field: 'attestation' });
    expect(await review(second, 'ACCEPTED')).toMatchObject({ state: 'ACTIVE' });
    const { state, filed } = await show();
    expect([state, filed]).toMatchObject([
      'ACTIVE',
      [{ outcome: 'ACCEPTED' }, { outcome: 'INCOMPLETE', note: 'And the register?' }],
    ]);
    expect(JSON.parse(filed[0].answers).legal_entity).toEqual({
      changed: true,
      what: 'Another register number.',
    });
  });

  it('is asked for, filed and reviewed in a terminal', async () => {
    await vetting.passHours(24 * 366 + 3);
    const directory = mkdtempSync(join(tmpdir(), 'cairn-attest-'));
    try {
      const vera = await loggedIn(vetting.hub, join(directory, 'vera'), 'vera');
      const mia = await loggedIn(vetting.hub, join(directory, 'mia'), 'mia');
      const asked = await cairnIn(vera, [
        'application',
        'ask-attestation',
        application,
        '--reason',
        'yearly',
      ]);
      expect(asked).toMatchObject({ code: 0, json: { state: 'RE_ATTESTATION_DUE' } });
      const path = join(directory, 'answers.json');
      const said = Object.fromEntries(ATTESTATION_TOPICS.map((topic) => [topic, { changed: false }]));
      writeFileSync(path, JSON.stringify(said));
      const by = ['--name', SIGNATORY.name, '--title', SIGNATORY.title, '--email', SIGNATORY.email];
      expect(await cairnIn(mia, ['member', 'attest', path, ...by])).toMatchObject({ code: 0, err: '' });
      const shown = await cairnIn(mia, ['member', 'attestation', 'alpha']);
      const number = String(shown.json.filed[0].number);
      const review = ['review-attestation', application, '--number', number, '--outcome', 'accepted'];
      expect(await cairnIn(vera, ['application', ...review])).toMatchObject({ json: { state: 'ACTIVE' } });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('is not asked for when an administrator accepts a new agreement in time, and is when nobody does', async () => {
    const { alice, mia, ada, otto, vera } = vetting.people;
    const sweep = () => sweepMemberships(vetting.hub.worker);
    const publish = async (text: string, days: number): Promise<{ version: number; digest: string }> => {
      const acceptBy = new Date(Date.now() + (ahead + days) * DAY_MS).toISOString();
      return got(alice, PUBLISH, { input: { title: 'Agreement', text, acceptBy } });
    };
    const accept = (agreement: { version: number; digest: string }) =>
      act(mia, 'acceptAgreementForMember', 'AcceptAgreementInput', { ...agreement, ...SIGNATORY });
    let ahead = 367;
    const second = await publish('The second agreement.', 2);
    expect(await show()).toMatchObject({ state: 'ACTIVE', agreementAccepted: false });
    expect(await accept({ ...second, digest: '0'.repeat(64) })).toMatchObject({ field: 'agreement' });
    expect(await accept(second)).toMatchObject({ __typename: 'ApplicationActed' });
    expect(await accept(second)).toMatchObject({ code: 'TAKEN' });
    expect(await show()).toMatchObject({ agreementAccepted: true });
    const { acceptances } = await got(vera, ACCEPTANCES, { id: application });
    expect(acceptances.at(-1)).toMatchObject({ version: second.version, name: SIGNATORY.name });
    const logged = await vetting.hub.worker.read('logged-agreement', 'system:test', (tx) =>
      tx.query(`SELECT body ->> 'member' AS member, body ->> 'digest' AS digest FROM cairn.pending_statement
        WHERE body ->> 'kind' = 'agreement' AND body ->> 'version' = '${second.version}'`),
    );
    expect(logged).toEqual([{ member: 'alpha', digest: second.digest }]);
    await vetting.passHours(24 * (ahead + 3));
    expect(await sweep()).toEqual({ active: 0, asked: 0 });

    ahead += 3;
    const third = await publish('The third agreement.', 2);
    await vetting.passHours(24 * (ahead + 1));
    expect(await sweep()).toEqual({ active: 0, asked: 0 });
    await vetting.passHours(24 * (ahead + 3));
    expect(await sweep()).toEqual({ active: 0, asked: 1 });
    expect(await show()).toMatchObject({ state: 'RE_ATTESTATION_DUE', agreementAccepted: false });
    const { number } = await file(answers());
    const review = () =>
      act(alice, 'reviewAttestation', 'AttestationReviewInput', {
        ...{ application, attestation: number, outcome: 'ACCEPTED' },
      });
    expect(await review()).toMatchObject({ code: 'NOT_READY', field: 'agreement' });
    const directory = mkdtempSync(join(tmpdir(), 'cairn-agree-'));
    try {
      const home = await loggedIn(vetting.hub, join(directory, 'mia'), 'mia');
      const { json: shown } = await cairnIn(home, ['member', 'agreement']);
      expect(shown).toMatchObject({ ...third, text: 'The third agreement.' });
      const named = ['--version', String(shown.version), '--digest', shown.digest];
      const by = ['--name', SIGNATORY.name, '--title', SIGNATORY.title, '--email', SIGNATORY.email];
      const accepted = await cairnIn(home, ['member', 'accept-agreement', ...named, ...by]);
      expect(accepted).toMatchObject({ code: 0, err: '' });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
    expect(await review()).toMatchObject({ state: 'ACTIVE' });
    const input = { ...third, ...SIGNATORY };
    const accepting = withInput('acceptAgreementForMember', 'AcceptAgreementInput');
    for (const other of [vera, ada, otto, alice])
      expect(await refusal(other, accepting, { input })).toEqual([403, 'FORBIDDEN']);
  });

  it('is between the member and staff', async () => {
    const { vera, mia, ada, otto } = vetting.people;
    expect(await got(mia, SHOW, { member: 'beta' })).toEqual({ __typename: 'NotFound', code: 'NOT_FOUND' });
    expect(await got(ada, SHOW, { member: 'alpha' })).toMatchObject({ member: 'alpha' });
    expect(await refusal(otto, SHOW, { member: 'alpha' })).toEqual([403, 'FORBIDDEN']);
    const input = { answers: answers(), ...SIGNATORY };
    const filing = withInput('fileAttestation', 'AttestationInput');
    expect(await refusal(vera, filing, { input })).toEqual([403, 'FORBIDDEN']);
    const asking = withInput('askAttestation', 'ReasonedActInput');
    expect(await refusal(mia, asking, { input: { application, reason: 'yearly' } })).toEqual([
      403,
      'FORBIDDEN',
    ]);
  });
});
