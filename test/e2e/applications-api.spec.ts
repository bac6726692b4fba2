import { hash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestHub, TestMember } from './api-hub.js';
import { act, digestFor, SUBMIT, VettingHub } from './applications-desk.js';
import {
  APPLICANT,
  endorsement,
  FOR_DECISION,
  got,
  machine,
  onApplication,
  OWN,
  RECORD,
  withArguments,
  type Ask,
} from './applications-hub.js';

const ENDORSE = withArguments('endorseApplicant', { endorsement: 'String!' });

let vetting: VettingHub;
let hub: TestHub;
let alpha: TestMember;
let beta: TestMember;
let alice: Ask;
let albert: Ask;
let vera: Ask;
let mia: Ask;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub, alpha, beta } = vetting);
  ({ alice, albert, vera, mia } = vetting.people);
});
afterAll(() => vetting.close());

describe('an application', () => {
  it('walks from the public form through every gate to the decision', async () => {
    const { id, ask, secret } = await vetting.apply('newcomer');
    expect(hub.log.join('')).not.toContain(secret);
    expect(await got(ask, OWN)).toMatchObject({ id, state: 'DRAFT', profile: { legalName: 'newcomer Ltd' } });

    // Nothing is handed in before each principle has a standing.
    expect(await got(ask, SUBMIT)).toMatchObject({ code: 'NOT_READY', field: 'principles' });
    for (let principle = 1; principle <= 11; principle++) {
      const because = 'We have no live video.';
      const input =
        principle === 5
          ? { principle, standing: 'DOES_NOT_APPLY', because }
          : { principle, standing: 'IN_PLACE', evidence: 'https://newcomer.example.org/safety' };
      expect(await act(ask, 'statePrinciple', 'PrincipleStandingInput', input)).toMatchObject({
        __typename: 'ApplicationActed',
      });
    }
    const add = `mutation ($input: ApplicationDocumentInput!) { addApplicationDocument(input: $input) {
      ... on ApplicationDocumentAdded { digest } ... on ActRefused { code field } } }`;
    const extract = { name: 'register.txt', mediaType: 'text/plain', content: btoa('An extract.') };
    const { digest: document } = await got(ask, add, { input: extract });
    expect(document).toBe(hash('sha256', 'An extract.', 'hex'));
    for (const [content, field] of [
      ['%%%', 'content'],
      [btoa('\0'), 'content'],
    ])
      expect(await got(ask, add, { input: { ...extract, content } })).toMatchObject({
        code: 'BAD_INPUT',
        field,
      });
    const shown = await got(ask, '{ agreement { version digest text } }');
    expect(shown).toEqual({ ...vetting.agreement, text: 'The agreement.' });
    await vetting.acceptAgreement(ask);
    expect(await got(ask, SUBMIT)).toMatchObject({ state: 'SUBMITTED' });

    // Review, with a question to the applicant.
    expect(await act(vera, 'reviewApplication', 'ApplicationActInput', { application: id })).toMatchObject({
      state: 'IN_REVIEW',
    });
    const question = { application: id, reason: 'evidence_unclear', note: 'Which register?' };
    expect(await act(vera, 'requestInformation', 'InformationRequestInput', question)).toMatchObject({
      state: 'INFORMATION_REQUESTED',
    });
    expect((await got(ask, OWN)).moves.at(-1)).toMatchObject({
      reason: 'evidence_unclear',
      note: 'Which register?',
    });
    const answer = withArguments('answerInformationRequest', { note: 'String' });
    expect(await got(ask, answer, { note: 'The companies register.' })).toMatchObject({ state: 'IN_REVIEW' });
    const found = await got(
      vera,
      `query ($id: ID!, $digest: String!) { applicationDocument(application: $id, digest: $digest) {
        __typename ... on ApplicationDocumentContent { name content } } }`,
      { id, digest: document },
    );
    expect(found).toMatchObject({ name: 'register.txt', content: extract.content });
    await vetting.passChecks(id);
    for (const { principle, number } of (await got(vera, RECORD, { id })).principles) {
      const input = { application: id, principle, statement: number, finding: 'CONFIRMED' };
      expect(await act(vera, 'recordPrincipleFinding', 'PrincipleFindingInput', input)).toMatchObject({
        __typename: 'ApplicationActed',
      });
    }

    // Two endorsements: one by a machine, one by an administrator.
    expect(await got(vera, onApplication('confirmEndorsed'), { application: id })).toMatchObject({
      code: 'NOT_READY',
      field: 'endorsements',
    });
    const byAlpha = await endorsement(hub, alpha, id, 'newcomer Ltd');
    const filed = await got(mia, ENDORSE, { endorsement: byAlpha });
    expect(filed).toMatchObject({ application: id, number: expect.any(Number) });
    expect(await got(mia, ENDORSE, { endorsement: byAlpha })).toEqual(filed);
    // Nobody sends another member's endorsement.
    expect(await got(machine(hub, beta), ENDORSE, { endorsement: byAlpha })).toMatchObject({
      code: 'BAD_INPUT',
    });
    const byBeta = await endorsement(hub, beta, id, 'newcomer Ltd');
    expect(await got(machine(hub, beta), ENDORSE, { endorsement: byBeta })).toMatchObject({
      application: id,
    });
    expect(await got(machine(hub, alpha), APPLICANT, { id })).toEqual({
      __typename: 'Applicant',
      id,
      legalName: 'newcomer Ltd',
      legalNameDigest: hash('sha256', 'newcomer Ltd', 'hex'),
      kind: 'PLATFORM',
      state: 'IN_REVIEW',
      ownEndorsement: filed.number,
    });
    expect(await got(vera, onApplication('confirmEndorsed'), { application: id })).toMatchObject({
      state: 'ENDORSED',
    });

    // The window, with an objection that staff answer.
    expect(await got(vera, onApplication('openObjectionWindow'), { application: id })).toMatchObject({
      state: 'OBJECTION_WINDOW',
    });
    const objected = await act(machine(hub, beta), 'objectToApplicant', 'ObjectionInput', {
      application: id,
      code: 'conduct',
      note: 'They left us without notice.',
    });
    const dismissed = {
      application: id,
      objection: objected.number,
      outcome: 'DISMISSED',
      answer: 'We asked.',
    };
    expect(await act(vera, 'answerObjection', 'ObjectionAnswerInput', dismissed)).toMatchObject({
      __typename: 'ApplicationActed',
    });
    const admit = {
      application: id,
      direction: 'ADMIT',
      rights: [{ channel: 'csam', submit: true, receive: true }],
    };
    const stale = await digestFor(vera, id);
    expect(
      await act(vera, 'recommendApplication', 'RecommendationInput', { ...admit, digest: stale }),
    ).toMatchObject({ number: expect.any(Number) });

    // Two persons, the digest of what they were shown, and a window that has passed.
    const decide = { application: id, direction: 'ADMIT', digest: stale };
    expect(await act(albert, 'decideApplication', 'DecisionInput', decide)).toMatchObject({
      code: 'CHANGED',
    });
    const version = await got(albert, FOR_DECISION, { id });
    expect(hash('sha256', version.document, 'hex')).toBe(version.digest);
    const decision = { ...decide, digest: version.digest };
    expect(await act(albert, 'decideApplication', 'DecisionInput', decision)).toMatchObject({
      code: 'NOT_READY',
      field: 'objections',
    });
    await vetting.passHours(26);
    expect(await act(albert, 'decideApplication', 'DecisionInput', decision)).toMatchObject({
      state: 'DECIDED',
    });
    expect(await got(ask, OWN)).toMatchObject({ state: 'DECIDED', agreementAccepted: true });

    await vetting.passHours(0);
  });

  it('is rejected for reasons, by two persons', async () => {
    const { id, ask } = await vetting.inReview('doubtful');
    const digest = await digestFor(alice, id);
    const proposal = { application: id, direction: 'REJECT', digest, reasons: ['policy_missing'] };
    expect(
      await act(alice, 'recommendApplication', 'RecommendationInput', { ...proposal, reasons: ['bad'] }),
    ).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
    expect(await act(alice, 'recommendApplication', 'RecommendationInput', proposal)).toMatchObject({
      number: expect.any(Number),
    });
    const decision = { application: id, direction: 'REJECT', digest: await digestFor(albert, id) };
    expect(await act(alice, 'decideApplication', 'DecisionInput', decision)).toMatchObject({
      code: 'SAME_PERSON',
    });
    expect(await act(albert, 'decideApplication', 'DecisionInput', decision)).toMatchObject({
      state: 'REJECTED',
    });
    expect((await got(ask, OWN)).moves.at(-1)).toMatchObject({ to: 'REJECTED', reason: 'policy_missing' });
  });

  it('is taken back by the applicant', async () => {
    const { ask } = await vetting.apply('fickle');
    const withdraw = withArguments('withdrawApplication', { reason: 'String!', note: 'String' });
    expect(await got(ask, withdraw, { reason: 'x' })).toMatchObject({ code: 'BAD_INPUT', field: 'reason' });
    expect(await got(ask, withdraw, { reason: 'not_ready', note: '\0' })).toMatchObject({
      code: 'BAD_INPUT',
      field: 'note',
    });
    expect(await got(ask, withdraw, { reason: 'not_ready' })).toMatchObject({ state: 'WITHDRAWN' });
  });
});
