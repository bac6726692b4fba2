import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createKeyProof, generateSigningKey, type SigningKey } from '#libs/keys';
import { ApplicationChecker, ensureSandbox, KeyStatements } from '#libs/membership';
import { LoopbackWeb } from '#test/loopback-web';
import { answered, assertion, randomValue, type TestHub, type TestMember } from './api-hub.js';
import { act, digestFor, login, SUBMIT, VettingHub } from './applications-desk.js';
import {
  applicant,
  endorsement,
  got,
  machine,
  onApplication,
  OWN,
  RECORD,
  refusal,
  withArguments,
  withInput,
  type Ask,
} from './applications-hub.js';
import { passConformance } from './conformance-copy.js';

const LEGAL_NAME = 'newcomer Ltd';
const SITE = 'https://newcomer.example.org';
const ACTED = { __typename: 'ApplicationActed' };
const DELTA = `query ($after: SafeInt!) { feedDelta(feed: "csam", type: "sha256", after: $after, first: 1000) {
  ... on FeedDeltaPage { to changes { op value reason } } } }`;

let vetting: VettingHub;
let hub: TestHub;
let web: LoopbackWeb;
let noah: Ask;
/** The newcomer, from its admission on. */
let newcomer: TestMember;
let application: string;
let values: string[];

beforeAll(async () => {
  vetting = await VettingHub.start();
  hub = vetting.hub;
  await hub.database.admin.transaction('ensure-sandbox', 'system:hub', ensureSandbox);
  await hub.settle();
  web = await LoopbackWeb.start();
  noah = await login(hub, 'noah');
});
afterAll(async () => {
  await web?.stop();
  await vetting?.close();
});

/** Fills the form in and hands it in; whose application it is. */
async function handIn(): Promise<Ask> {
  const begun = await vetting.apply('newcomer', { transparencyUrl: `${SITE}/transparency` });
  application = begun.id;
  const ask = applicant(hub, begun.secret);
  for (let principle = 1; principle <= 11; principle++) {
    const input = { principle, standing: 'IN_PLACE', evidence: `${SITE}/safety` };
    expect(await act(ask, 'statePrinciple', 'PrincipleStandingInput', input)).toMatchObject(ACTED);
  }
  await vetting.acceptAgreement(ask);
  expect(await got(ask, SUBMIT)).toMatchObject({ state: 'SUBMITTED' });
  return ask;
}

/** What the worker does about applicants, keys and the log. */
async function work(): Promise<void> {
  const failures: unknown[] = [];
  const onFailure = (_: unknown, error: unknown): void => void failures.push(error);
  const checker = new ApplicationChecker(hub.worker, { publicUrl: hub.url, ...web.way, onFailure });
  while (await checker.run());
  expect(failures).toEqual([]);
  await new KeyStatements(hub.worker).sweep();
  await hub.settle();
}

/** Publishes what the checks look for, and follows the links that were sent to the contacts. */
async function passMachineChecks(ask: Ask): Promise<void> {
  const { path, token } = await got(ask, '{ domainChallenge { ... on DomainChallenge { path token } } }');
  web.serve(`${SITE}${path}`, token, 'text/plain');
  for (const page of ['policy', 'appeals', 'transparency'])
    web.serve(`${SITE}/${page}`, `<p>Our ${page}.</p>`);
  await work();
  const { messages } = await got(
    vetting.people.vera,
    `query ($id: ID!) { applicationOutbox(id: $id) { ... on ApplicationOutbox { messages { body } } } }`,
    { id: application },
  );
  expect(messages).toHaveLength(4);
  for (const { body } of messages) {
    const [, link, secret] = /(http\S+)#([\w-]+)/.exec(body)!;
    const confirmed = await fetch(link!, {
      method: 'POST',
      body: new URLSearchParams({ token: `${link}#${secret}` }),
    });
    expect([confirmed.status, await confirmed.text()]).toEqual([
      200,
      expect.stringContaining('is confirmed'),
    ]);
  }
  await work();
  const { checks } = await got(vetting.people.vera, RECORD, { id: application });
  const passed = checks.filter(({ person }: { person: unknown }) => person === null);
  expect(
    passed.map(({ code, outcome }: { code: string; outcome: string }) => `${code} ${outcome}`).sort(),
  ).toEqual([
    'appeal_process PASS',
    'contact_mailboxes PASS',
    'domain_control PASS',
    'independence PASS',
    'published_policy PASS',
    'transparency_report PASS',
  ]);
}

/** What staff look at themselves. */
async function review(): Promise<void> {
  const { vera } = vetting.people;
  await vetting.passChecks(application);
  for (const { principle, number } of (await got(vera, RECORD, { id: application })).principles) {
    const input = { application, principle, statement: number, finding: 'CONFIRMED' };
    expect(await act(vera, 'recordPrincipleFinding', 'PrincipleFindingInput', input)).toMatchObject(ACTED);
  }
}

async function endorse(member: TestMember): Promise<void> {
  const signed = await endorsement(hub, member, application, LEGAL_NAME);
  const filed = withArguments('endorseApplicant', { endorsement: 'String!' });
  expect(await got(machine(hub, member), filed, { endorsement: signed })).toMatchObject({ application });
}

/** Two persons and a window. */
async function decide(): Promise<void> {
  const { vera, albert } = vetting.people;
  const move = (name: string): Promise<unknown> => got(vera, onApplication(name), { application });
  expect(await move('confirmEndorsed')).toMatchObject({ state: 'ENDORSED' });
  expect(await move('openObjectionWindow')).toMatchObject({ state: 'OBJECTION_WINDOW' });
  const rights = [{ channel: 'csam', submit: true, receive: true }];
  const recommendation = {
    application,
    direction: 'ADMIT',
    rights,
    digest: await digestFor(vera, application),
  };
  expect(await act(vera, 'recommendApplication', 'RecommendationInput', recommendation)).toMatchObject(ACTED);
  const decision = { application, direction: 'ADMIT', digest: await digestFor(albert, application) };
  const decided = (): Promise<unknown> => act(albert, 'decideApplication', 'DecisionInput', decision);
  expect(await decided()).toMatchObject({ code: 'NOT_READY', field: 'objections' });
  await vetting.passHours(26);
  expect(await decided()).toMatchObject({ state: 'DECIDED' });
  await vetting.passHours(0);
}

/** A first key by the ceremony: proved by the member, its fingerprint heard by two of the staff. */
async function firstKey(purpose: 'auth' | 'signing'): Promise<SigningKey> {
  const key = generateSigningKey();
  const input = { purpose: purpose.toUpperCase(), jwk: key.publicKey.jwk };
  const register = `mutation ($input: RegisterKeyInput!) { registerKey(input: $input) {
    ... on KeyChallenge { key member fingerprint audience nonce route } ... on ActRefused { code field rule } } }`;
  const challenge = await got(noah, register, { input });
  expect(challenge).toMatchObject({ member: 'newcomer', route: 'CEREMONY' });
  const { key: jkt, fingerprint, audience, nonce } = challenge;
  const proof = await createKeyProof({ iss: 'newcomer', aud: audience, nonce, jkt, purpose, key });
  const answer = '{ __typename ... on ActRefused { code field rule } }';
  const prove = `mutation ($input: ProveKeyInput!) { proveKey(input: $input) ${answer} }`;
  expect(await got(noah, prove, { input: { key: jkt, proof } })).toEqual({ __typename: 'KeyActed' });
  const confirm = `mutation ($input: ConfirmKeyInput!) { confirmKeyFingerprint(input: $input) ${answer} }`;
  const heard = { member: 'newcomer', key: jkt, fingerprint };
  for (const staff of [vetting.people.vera, vetting.people.alice])
    expect(await got(staff, confirm, { input: heard })).toEqual({ __typename: 'KeyActed' });
  return key;
}

/** Removals in the feed after so many leaves, as a member that may receive it is told. */
async function changesAfter(after: number): Promise<{ to: number; changes: object[] }> {
  return got(machine(hub, vetting.beta), DELTA, { after });
}

describe('a membership', () => {
  it('leads from the public form to an accepted submission in the feed, through every gate', async () => {
    const { vera, alice } = vetting.people;
    const ask = await handIn();
    expect(await act(vera, 'reviewApplication', 'ApplicationActInput', { application })).toMatchObject({
      state: 'IN_REVIEW',
    });
    await passMachineChecks(ask);
    await review();
    await endorse(vetting.alpha);
    await endorse(vetting.beta);
    await decide();

    const move = (name: string): Promise<unknown> => got(alice, onApplication(name), { application });
    expect(await got(alice, ADMIT, { application })).toEqual({ member: 'newcomer' });
    expect(await got(ask, OWN)).toMatchObject({ state: 'KEY_CEREMONY', member: 'newcomer' });
    await work();
    await vetting.administers(noah, 'newcomer');
    expect(await move('beginConformance')).toMatchObject({ code: 'NOT_READY' });
    newcomer = { name: 'newcomer', auth: await firstKey('auth'), signing: await firstKey('signing') };
    await expect(hub.token(newcomer)).rejects.toThrow();
    await work();
    expect(await move('beginConformance')).toMatchObject({ state: 'CONFORMANCE' });
    await work();
    expect(await move('beginProbation')).toMatchObject({ code: 'NOT_READY' });
    expect(answered(await hub.submit(newcomer, 'csam', [assertion('sha256', randomValue())]))).toMatchObject({
      __typename: 'SubmissionRefused',
    });
    expect(await passConformance(hub, newcomer)).toMatchObject({ state: 'PASSED' });
    expect(await move('beginProbation')).toMatchObject({ state: 'PROBATION' });
    await work();

    values = Array.from({ length: 3 }, randomValue).sort();
    const entries = values.map((value) => assertion('sha256', value));
    for (const receipt of [
      await hub.submit(newcomer, 'csam', entries.slice(0, 1), { attribution: 'named' }),
      await hub.submit(newcomer, 'csam', entries.slice(1)),
    ])
      expect(answered(receipt)).toMatchObject({ __typename: 'SubmissionReceipt' });
    await work();
    await hub.allow(vetting.beta, 'csam', { submit: false, receive: true });
    await work();
    const { changes } = await changesAfter(0);
    expect(changes).toEqual(values.map((value) => ({ op: 'ADDED', value, reason: null })));
    const states = (await got(ask, OWN)).moves.map(({ to }: { to: string }) => to);
    expect(states).toEqual([
      'SUBMITTED',
      'IN_REVIEW',
      'ENDORSED',
      'OBJECTION_WINDOW',
      'DECIDED',
      'KEY_CEREMONY',
      'CONFORMANCE',
      'PROBATION',
    ]);
  });

  it('ends by expulsion with recall, and who pulls sees the tombstones', async () => {
    const { alice } = vetting.people;
    const { to } = await changesAfter(0);
    const why = { application, reason: 'security_incident', note: 'Its keys were seen elsewhere.' };
    expect(await act(alice, 'suspendMember', 'ReasonedActInput', why)).toMatchObject({ state: 'SUSPENDED' });
    // At its next request, before any statement is logged.
    expect(await refusal(machine(hub, newcomer), '{ me { member } }')).toEqual([401, 'UNAUTHENTICATED']);
    await work();
    expect((await changesAfter(to)).changes).toEqual([]);
    const expulsion = { ...why, reason: 'breach_of_agreement', recallFrom: 0 };
    expect(await act(alice, 'expelMember', 'ExpulsionInput', expulsion)).toMatchObject({ state: 'EXPELLED' });
    await work();
    const { changes } = await changesAfter(to);
    // Who was anonymous stays it: of those entries nobody learns that their submitter was recalled.
    const reasons = ['recalled', 'withdrawn', 'withdrawn'];
    expect(changes).toEqual(values.map((value, i) => ({ op: 'REMOVED', value, reason: reasons[i] })));
    await expect(hub.token(newcomer)).rejects.toThrow();
    const key = { purpose: 'AUTH', jwk: generateSigningKey().publicKey.jwk };
    expect(
      await got(
        noah,
        withInput('registerKey', 'RegisterKeyInput').replace(
          /ApplicationActed \{.*?\}/,
          'KeyChallenge { key }',
        ),
        { input: key },
      ),
    ).toMatchObject({
      code: 'NOT_ALLOWED',
    });
  });
});

describe('an applicant', () => {
  it('that is rejected gets reasons and no way in', async () => {
    const { alice, albert } = vetting.people;
    const { id, ask } = await vetting.inReview('doubtful');
    const proposal = { application: id, direction: 'REJECT', reasons: ['policy_missing'] };
    const recommended = { ...proposal, digest: await digestFor(alice, id) };
    expect(await act(alice, 'recommendApplication', 'RecommendationInput', recommended)).toMatchObject(ACTED);
    const decision = { application: id, direction: 'REJECT', digest: await digestFor(albert, id) };
    expect(await act(albert, 'decideApplication', 'DecisionInput', decision)).toMatchObject({
      state: 'REJECTED',
    });
    expect((await got(ask, OWN)).moves.at(-1)).toMatchObject({ to: 'REJECTED', reason: 'policy_missing' });
    expect(await got(alice, ADMIT, { application: id })).toMatchObject({ code: 'ILLEGAL_MOVE' });
    const invite = withArguments('inviteMemberAdministrator', { member: 'String!' }).replace(
      /ApplicationActed \{.*?\}/,
      'InvitationIssued { id }',
    );
    expect(await got(alice, invite, { member: 'doubtful' })).toMatchObject({ code: 'NOT_FOUND' });
    await work();
    const directory = await (await fetch(`${hub.url}/directory`)).text();
    const members = Buffer.from(directory.split('.')[1]!, 'base64url').toString();
    expect([members.includes('newcomer'), members.includes('doubtful')]).toEqual([true, false]);
  });
});

const ADMIT = `mutation ($application: ID!) { admitApplicant(application: $application) {
  ... on ApplicantAdmitted { member } ... on ActRefused { code field rule } } }`;
