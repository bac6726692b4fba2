import { hash, randomUUID } from 'node:crypto';
import { signCompactJws } from '#libs/keys';
import {
  AdmissionPolicies,
  Agreements,
  ApplicationDocuments,
  ApplicationReview,
  Applications,
  Attestations,
  Decisions,
  Endorsements,
  MemberPath,
  Objections,
  type AdmissionPolicy,
  type ApplicationProfile,
  type ApplicationResult,
} from '#libs/membership';
import { ENDORSEMENT_TYP, type Endorsement } from '#libs/protocol';
import { recordConformancePass } from './conformance-pass.js';
import { TestHub } from './hub.js';
import type { TestMember } from './member.js';
import { giveStaffRoles } from './people.js';

export const ADMISSION: AdmissionPolicy = {
  endorsements: 2,
  foundingMembers: 0,
  academicRights: false,
  childSafetyChannels: ['csam'],
  objectionDays: 2,
  probationDays: 30,
  probationEntriesADay: 10_000,
  conformanceDays: 90,
  attestationDays: 365,
};

export const SIGNATORY = { name: 'Ada Example', title: 'Managing director', email: 'ada@example.org' };

/** Everything that takes part in admission, under the api's own login, with a clock that the test sets ahead. */
export class ApplicationDesk {
  readonly applications: Applications;
  readonly review: ApplicationReview;
  readonly agreements: Agreements;
  readonly documents: ApplicationDocuments;
  readonly endorsements: Endorsements;
  readonly objections: Objections;
  readonly decisions: Decisions;
  readonly path: MemberPath;
  readonly attestations: Attestations;
  readonly policies: AdmissionPolicies;
  /** The same under the worker's own login, for what machines do. */
  readonly machine: { path: MemberPath; review: ApplicationReview; attestations: Attestations };
  /** The text in force. */
  agreement = { version: 0, digest: '' };

  private constructor(
    readonly hub: TestHub,
    /** Row ids of four people of the staff. */
    readonly people: readonly number[],
  ) {
    const { api } = hub.databases;
    this.applications = new Applications(api);
    this.review = new ApplicationReview(api);
    this.agreements = new Agreements(api);
    this.documents = new ApplicationDocuments(api);
    this.endorsements = new Endorsements(api, hub.origin);
    this.objections = new Objections(api);
    this.decisions = new Decisions(api);
    this.path = new MemberPath(api);
    this.attestations = new Attestations(api);
    this.policies = new AdmissionPolicies(api);
    this.machine = {
      path: new MemberPath(hub.worker),
      review: new ApplicationReview(hub.worker),
      attestations: new Attestations(hub.worker),
    };
  }

  /** A desk with the channels `csam` and `spam`, an agreement and the policy above. */
  static async create(): Promise<ApplicationDesk> {
    const hub = await TestHub.create(['csam', 'spam']);
    const people = await hub.databases.admin.transaction('hire', 'system:test', async (tx) => {
      await tx.query(CLOCK);
      const rows = await tx.query<{ id: number }>(
        `INSERT INTO cairn.person (issuer, subject, name)
          SELECT 'https://idp.test', n::text, 'Person ' || n FROM generate_series(1, 4) AS n RETURNING id`,
      );
      const ids = rows.map(({ id }) => id);
      await giveStaffRoles(tx, ids, ['vetter', 'approver']);
      return ids;
    });
    const desk = new ApplicationDesk(hub, people);
    await desk.setPolicy();
    await desk.publishAgreement('The agreement.');
    return desk;
  }

  /** Sets the policy above but for what is changed, and lets it be logged. */
  async setPolicy(change: Partial<AdmissionPolicy> = {}): Promise<void> {
    done(await this.policies.set(this.people[0]!, { ...ADMISSION, ...change }));
    await this.hub.settle();
  }

  async publishAgreement(text: string, acceptBy = new Date(Date.now() + 30 * 86_400_000)): Promise<void> {
    const title = 'Agreement of the alliance';
    const published = await this.agreements.publish(this.people[0]!, { title, text, acceptBy });
    this.agreement = done(published);
  }

  /** Sets the clock of admissions ahead. */
  async pass(hours: number): Promise<void> {
    await this.hub.databases.admin.transaction('pass-time', 'system:test', (tx) =>
      tx.query('UPDATE cairn.test_clock SET ahead = ahead + make_interval(secs => $1)', [hours * 3600]),
    );
  }

  /** What that clock shows. */
  async now(): Promise<number> {
    const [row] = await this.hub.worker.read('admission-time', 'system:test', (tx) =>
      tx.query<{ now: Date }>('SELECT cairn.admission_time() AS now'),
    );
    return row!.now.getTime();
  }

  /** An endorsement as a member signs it. */
  async sign(
    member: TestMember,
    application: string,
    legalName: string,
    claims: Partial<Endorsement> = {},
  ): Promise<string> {
    const payload: Endorsement = {
      iss: member.name,
      aud: this.hub.origin,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      applicant: { application, legalName: hash('sha256', legalName, 'hex') },
      relationship: 'none',
      note: null,
      ...claims,
    };
    return signCompactJws({ typ: ENDORSEMENT_TYP, payload, key: member.signing });
  }

  /** Lets every required check that is missing pass, by one person. */
  async passChecks(application: string, person = this.people[0]!): Promise<void> {
    await this.hub.databases.api.transaction('pass-checks', `person:${person}`, (tx) =>
      tx.query(
        `INSERT INTO cairn.application_check (application_id, code, person_id, outcome)
          SELECT $1, c, $2, 'pass' FROM cairn.missing_checks($1) AS c`,
        [application, person],
      ),
    );
  }

  /** Gives the member of an application a key for each purpose that counts as logged. */
  async giveKeys(application: string): Promise<void> {
    await this.hub.databases.admin.transaction('give-keys', 'system:test', async (tx) => {
      await tx.query(
        `INSERT INTO cairn.member_key (member_id, purpose, thumbprint, jwk)
          SELECT member_id, purpose, gen_random_uuid(), '{}'
            FROM cairn.application, unnest(ARRAY['auth', 'signing']) AS purpose WHERE id = $1`,
        [application],
      );
      await tx.query(
        `UPDATE cairn.member_key k SET state = 'active', added_index = 0 FROM cairn.application a
          WHERE a.id = $1 AND k.member_id = a.member_id AND k.state = 'pending'`,
        [application],
      );
    });
  }

  /** Lets the member of an application have passed a conformance run some days ago. @returns digest of its report, hex */
  async passConformance(application: string, daysAgo = 0): Promise<string> {
    return this.hub.databases.admin.transaction('pass-conformance', 'system:test', async (tx) => {
      const [row] = await tx.query<{ member: number }>(
        'SELECT member_id AS member FROM cairn.application WHERE id = $1',
        [application],
      );
      return recordConformancePass(tx, row!.member, daysAgo);
    });
  }

  /** Digest of the version that a decision made now is about. */
  async digest(application: string, person = this.people[0]!): Promise<string> {
    return done(await this.decisions.applicationForDecision(person, application)).digest;
  }

  /** Row id of a member by its name. */
  memberId(name: string): Promise<number> {
    return this.hub.idOf({ name });
  }

  async accept(application: string): Promise<ApplicationResult> {
    return this.agreements.accept({ applicant: application }, application, {
      ...this.agreement,
      signatory: SIGNATORY,
    });
  }

  /** An application of that profile, taken up by the first person, with the agreement accepted. */
  async inReview(profile: ApplicationProfile): Promise<string> {
    const { application } = await this.applications.create();
    done(await this.applications.setProfile(application, profile));
    done(await this.applications.submit(application));
    done(await this.review.takeUp(this.people[0]!, application));
    done(await this.accept(application));
    return application;
  }

  /** One that these members endorse, checked, with its window open. */
  async inWindow(profile: ApplicationProfile, endorsers: readonly TestMember[]): Promise<string> {
    const application = await this.inReview(profile);
    for (const member of endorsers) {
      const token = await this.sign(member, application, profile.legalName);
      done(await this.endorsements.endorse(await this.hub.idOf(member), token));
    }
    await this.passChecks(application);
    done(await this.review.confirmEndorsed(this.people[0]!, application));
    done(await this.review.openObjectionWindow(this.people[0]!, application));
    return application;
  }

  /** One whose window has passed and that two persons decided to admit. */
  async decided(profile: ApplicationProfile, endorsers: readonly TestMember[]): Promise<string> {
    const application = await this.inWindow(profile, endorsers);
    await this.pass(ADMISSION.objectionDays * 24);
    const [vetter, approver] = this.people as [number, number];
    const proposal = { direction: 'admit', rights: profile.channels, accredited: false } as const;
    const shown = await this.digest(application);
    done(await this.decisions.recommend(vetter, application, shown, proposal));
    done(await this.decisions.decide(approver, application, await this.digest(application), 'admit'));
    return application;
  }

  /** One that is active after probation. */
  async active(profile: ApplicationProfile, endorsers: readonly TestMember[]): Promise<string> {
    const application = await this.decided(profile, endorsers);
    done(await this.path.admit(this.people[1]!, application));
    await this.giveKeys(application);
    done(await this.machine.path.beginConformance({ system: 'worker' }, application));
    await this.passConformance(application);
    done(await this.machine.path.beginProbation({ system: 'worker' }, application));
    await this.pass(ADMISSION.probationDays * 24);
    done(await this.machine.path.endProbation({ system: 'worker' }, application));
    return application;
  }

  drop(): Promise<void> {
    return this.hub.drop();
  }
}

/** What an honest platform says of itself. */
export function profileOf(handle: string, more: Partial<ApplicationProfile> = {}): ApplicationProfile {
  return {
    handle,
    legalName: `${handle} Ltd`,
    kind: 'platform',
    jurisdiction: 'NZ',
    registration: '123',
    controlledBy: null,
    domain: `${handle}.example.org`,
    contacts: {
      application: `apply@${handle}.example.org`,
      abuse: `abuse@${handle}.example.org`,
      security: `security@${handle}.example.org`,
      dataProtection: `privacy@${handle}.example.org`,
    },
    policyUrl: `https://${handle}.example.org/policy`,
    appealUrl: `https://${handle}.example.org/appeals`,
    transparencyUrl: null,
    channels: [{ channel: 'spam', submit: true, receive: true }],
    measures: [],
    about: 'A place to meet.',
    ...more,
  };
}

/** The good result, or a failed test. */
export function done<T extends object>(result: ApplicationResult<T>): { ok: true } & T {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`);
  return result;
}

const CLOCK = `
  CREATE TABLE cairn.test_clock (ahead interval NOT NULL);
  INSERT INTO cairn.test_clock VALUES ('0');
  CREATE OR REPLACE FUNCTION cairn.admission_time() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER AS
    $$ SELECT date_trunc('milliseconds', clock_timestamp() + (SELECT ahead FROM cairn.test_clock)) $$;
`;
