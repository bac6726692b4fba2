import { expect } from '@jest/globals';
import { TestHub, type TestMember } from './api-hub.js';
import {
  anybody,
  applicant,
  APPLY,
  FOR_DECISION,
  got,
  person,
  profileOf,
  RECORD,
  withArguments,
  withInput,
  type Ask,
} from './applications-hub.js';
import { Browser } from './people-browser.js';
import { giveRoles } from './people-hub.js';

export const SUBMIT = withArguments('submitApplication', {});
export const POLICY = {
  endorsements: 2,
  foundingMembers: 0,
  academicRights: false,
  childSafetyChannels: ['csam'],
  objectionDays: 1,
  probationDays: 30,
  probationEntriesADay: 20,
  conformanceDays: 180,
  attestationDays: 365,
};
const SIGNATORY = { name: 'Ada Example', title: 'Managing director', email: 'ada@example.org' };
const PERSONAS = ['alice', 'albert', 'vera', 'ada', 'otto', 'mia'] as const;

/** An act by a mutation that takes an input of that type. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export const act = (ask: Ask, name: string, type: string, input: object): Promise<any> =>
  got(ask, withInput(name, type), { input });

export const digestFor = async (ask: Ask, id: string): Promise<string> =>
  (await got(ask, FOR_DECISION, { id })).digest as string;

/**
 * A hub with two members, a policy and an agreement, at which everybody has logged in: alice and albert approve, alice and vera vet, ada
 * audits, otto operates, mia administers alpha.
 */
export class VettingHub {
  private constructor(
    readonly hub: TestHub,
    readonly alpha: TestMember,
    readonly beta: TestMember,
    readonly people: Record<(typeof PERSONAS)[number], Ask>,
    readonly agreement: { version: number; digest: string },
  ) {}

  static async start(): Promise<VettingHub> {
    const hub = await TestHub.start();
    await hub.createChannel('csam');
    const alpha = await hub.admit('alpha');
    const beta = await hub.admit('beta');
    await hub.settle();
    await giveRoles(hub, [
      ['alice', 'approver'],
      ['albert', 'approver'],
      ['alice', 'vetter'],
      ['vera', 'vetter'],
      ['ada', 'auditor'],
      ['otto', 'operator'],
    ]);
    const logins = await Promise.all(PERSONAS.map(async (name) => [name, await login(hub, name)] as const));
    const people = Object.fromEntries(logins) as VettingHub['people'];
    await got(people.alice, SET_POLICY, { input: POLICY });
    // A policy is in force once it is logged.
    await hub.settle();
    const acceptBy = new Date(Date.now() + 86_400_000).toISOString();
    const input = { title: 'Agreement', text: 'The agreement.', acceptBy };
    const agreement = await got(people.alice, PUBLISH, { input });
    const vetting = new VettingHub(hub, alpha, beta, people, agreement);
    await vetting.administers(people.mia, 'alpha');
    return vetting;
  }

  close(): Promise<void> {
    return this.hub.close();
  }

  async administers(who: Ask, member: string): Promise<void> {
    const { token } = await got(this.people.vera, INVITE, { member });
    expect(await got(who, ACCEPT, { token })).toEqual({ administers: member });
  }

  /** Lets the clock of admissions be ahead for everybody. */
  async passHours(hours: number): Promise<void> {
    await this.hub.database.admin.transaction('pass-time', 'system:test', (tx) =>
      tx.execute(`CREATE OR REPLACE FUNCTION cairn.admission_time() RETURNS timestamptz LANGUAGE sql VOLATILE AS
        $$ SELECT date_trunc('milliseconds', clock_timestamp() + interval '${hours} hours') $$`),
    );
  }

  async apply(
    handle: string,
    more: Record<string, unknown> = {},
  ): Promise<{ id: string; ask: Ask; secret: string }> {
    const begun = await got(anybody(this.hub), APPLY, { profile: profileOf(handle, more) });
    expect(begun).toMatchObject({ __typename: 'ApplicationBegun' });
    const { application, secret } = begun as { application: string; secret: string };
    return { id: application, ask: applicant(this.hub, secret), secret };
  }

  async acceptAgreement(ask: Ask): Promise<void> {
    const input = { ...this.agreement, ...SIGNATORY };
    expect(await act(ask, 'acceptAgreement', 'AcceptAgreementInput', input)).toMatchObject({
      __typename: 'ApplicationActed',
    });
  }

  /** An application that asks for no channel, taken into review. */
  async inReview(handle: string): Promise<{ id: string; ask: Ask }> {
    const made = await this.apply(handle, { channels: [], measures: [] });
    expect(await got(made.ask, SUBMIT)).toMatchObject({ state: 'SUBMITTED' });
    const input = { application: made.id };
    const taken = await act(this.people.vera, 'reviewApplication', 'ApplicationActInput', input);
    expect(taken).toMatchObject({ state: 'IN_REVIEW' });
    return made;
  }

  /** Lets every check that is missing pass. */
  async passChecks(id: string): Promise<void> {
    const { checklist } = await got(this.people.vera, RECORD, { id });
    for (const { code } of checklist.filter(({ missing }: { missing: boolean }) => missing)) {
      const input = { application: id, code, outcome: 'PASS', evidence: 'seen' };
      const done = await act(this.people.vera, 'recordApplicationCheck', 'ApplicationCheckInput', input);
      expect(done).toMatchObject({ __typename: 'ApplicationActed' });
    }
  }
}

export const SET_POLICY = `mutation ($input: AdmissionPolicyInput!) {
  setAdmissionPolicy(input: $input) { ... on AdmissionPolicy { version } } }`;
export const PUBLISH = `mutation ($input: AgreementInput!) {
  publishAgreement(input: $input) { ... on AgreementPublished { version digest } } }`;
const INVITE = `mutation ($member: String!) {
  inviteMemberAdministrator(member: $member) { ... on InvitationIssued { token } } }`;
const ACCEPT = `mutation ($token: String!) { acceptInvitation(token: $token) { ... on Viewer { administers } } }`;

/** Logs a demo persona in. */
export async function login(hub: TestHub, persona: string): Promise<Ask> {
  const browser = new Browser(hub.url);
  expect((await browser.login(persona)).status).toBe(200);
  return person(browser);
}
