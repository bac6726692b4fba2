import { Inject, Injectable } from '@nestjs/common';
import {
  AdmissionPolicies,
  Agreements,
  canonicalJson,
  currentAdmissionPolicy,
  Decisions,
  MemberPath,
  readApplicationDocument,
  versionDigest,
  type PersonStanding,
  type Proposal,
  type Reason,
} from '#libs/membership';
import { Database } from '#libs/platform';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { MOMENT_RULE, readMoment } from '../graphql/read-moment.js';
import { badInput, idFault, noteFault, reasonFault } from './application-input.js';
import type { ApplicationForDecision } from './application-record.types.js';
import { toRecord } from './application-view.js';
import type { AdmissionPolicy, AgreementPublished, ApplicantAdmitted } from './decision.types.js';
import type { ApplicationActed } from './own-application.types.js';
import type {
  AdmissionPolicyInput,
  AgreementInput,
  ApplicationActInput,
  DecisionInput,
  ExpulsionInput,
  ReasonedActInput,
  RecommendationInput,
} from './review.input.js';
import { StaffDesk } from './staff-desk.js';

type Acted = Promise<ApplicationActed | ActRefused>;

/** Recommendations, decisions, and what staff do with members after them. */
@Injectable()
export class DecisionService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(StaffDesk) private readonly desk: StaffDesk,
    @Inject(Decisions) private readonly decisions: Decisions,
    @Inject(MemberPath) private readonly path: MemberPath,
    @Inject(AdmissionPolicies) private readonly policies: AdmissionPolicies,
    @Inject(Agreements) private readonly agreements: Agreements,
  ) {}

  /** The version that is to be decided about, or null when there is no such application. */
  async forDecision(person: PersonStanding, application: string): Promise<ApplicationForDecision | null> {
    if (idFault(application) !== null) return null;
    return this.database.read('read-application-for-decision', `person:${person.id}`, async (tx) => {
      const [known] = await tx.query('SELECT 1 FROM cairn.application WHERE id = $1', [application]);
      if (known === undefined) return null;
      const document = await readApplicationDocument(tx, application);
      return {
        __typename: 'ApplicationForDecision',
        digest: versionDigest(document),
        document: canonicalJson(document),
        application: await toRecord(tx, document, person),
      };
    });
  }

  recommend(person: PersonStanding, input: RecommendationInput): Acted {
    const { application, digest, note = null } = input;
    const { proposal, fault } = toProposal(input);
    return this.desk.act(person, application, fault, () =>
      this.decisions.recommend(person.id, application, digest, proposal, note),
    );
  }

  decide(person: PersonStanding, { application, digest, direction, note = null }: DecisionInput): Acted {
    return this.desk.act(person, application, null, () =>
      this.decisions.decide(person.id, application, digest, direction, note),
    );
  }

  async admit(person: PersonStanding, application: string): Promise<ApplicantAdmitted | ActRefused> {
    const refusal = await this.desk.refusal(person, application);
    if (refusal !== null) return refusal;
    const admitted = await this.path.admit(person.id, application);
    if (!admitted.ok) return actRefused(admitted);
    return { __typename: 'ApplicantAdmitted', application, member: admitted.member };
  }

  beginConformance(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () =>
      this.path.beginConformance({ person: person.id }, application),
    );
  }

  activateObserver(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () => this.path.activateObserver(person.id, application));
  }

  beginProbation(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () =>
      this.path.beginProbation({ person: person.id }, application),
    );
  }

  endProbation(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () =>
      this.path.endProbation({ person: person.id }, application),
    );
  }

  suspend(person: PersonStanding, { application, reason, note = null }: ReasonedActInput): Acted {
    const fault = reasonFault('suspended', reason) ?? noteFault(note);
    return this.desk.act(person, application, fault, () =>
      this.path.suspend(person.id, application, reason as Reason<'suspended'>, note),
    );
  }

  reinstate(person: PersonStanding, { application, note = null }: ApplicationActInput): Acted {
    return this.desk.act(person, application, noteFault(note), () =>
      this.path.reinstate(person.id, application, note),
    );
  }

  expel(person: PersonStanding, input: ExpulsionInput): Acted {
    const { application, reason, note = null, recallFrom = null } = input;
    const fault = reasonFault('expelled', reason) ?? noteFault(note);
    return this.desk.act(person, application, fault, () =>
      this.path.expel(person.id, application, reason as Reason<'expelled'>, note, recallFrom),
    );
  }

  async policy({ id }: PersonStanding): Promise<AdmissionPolicy> {
    const policy = await this.database.read('read-admission-policy', `person:${id}`, currentAdmissionPolicy);
    return { __typename: 'AdmissionPolicy', ...policy };
  }

  async setPolicy(
    { id }: PersonStanding,
    input: AdmissionPolicyInput,
  ): Promise<AdmissionPolicy | ActRefused> {
    const policy = { ...input };
    const set = await this.policies.set(id, policy);
    return set.ok ? { __typename: 'AdmissionPolicy', ...policy, version: set.version } : actRefused(set);
  }

  async publishAgreement(
    { id }: PersonStanding,
    { title, text, acceptBy }: AgreementInput,
  ): Promise<AgreementPublished | ActRefused> {
    const moment = readMoment(acceptBy);
    if (moment === null) return badInput('acceptBy', MOMENT_RULE);
    const published = await this.agreements.publish(id, { title, text, acceptBy: moment });
    if (!published.ok) return actRefused(published);
    return { __typename: 'AgreementPublished', version: published.version, digest: published.digest };
  }
}

/** What is recommended, or what is wrong with it: what belongs to the other direction is not passed over. */
function toProposal({ direction, reasons, rights, accredited }: RecommendationInput): {
  proposal: Proposal;
  fault: ActRefused | null;
} {
  if (direction === 'reject') {
    const given = reasons ?? [];
    const extra = (rights ?? []).length > 0 || accredited === true;
    const fault = extra
      ? badInput('rights', 'are not given with a rejection')
      : reasonFault('rejected', ...given);
    return { proposal: { direction, reasons: given as Reason<'rejected'>[] }, fault };
  }
  const fault =
    (reasons ?? []).length > 0 ? badInput('reasons', 'must be given for a rejection, and only then') : null;
  const given = (rights ?? []).map((right) => ({ ...right }));
  return { proposal: { direction, rights: given, accredited: accredited === true }, fault };
}
