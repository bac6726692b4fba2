import { Inject, Injectable } from '@nestjs/common';
import {
  Agreements,
  ATTESTATION_TOPICS,
  Attestations,
  type AttestationAnswers,
  type PersonStanding,
  type Reason,
} from '#libs/membership';
import { Database, type Tx } from '#libs/platform';
import type { AcceptAgreementInput } from '../application/applicant.input.js';
import { badInput, noteFault, reasonFault } from '../application/application-input.js';
import { acted } from '../application/application-results.js';
import type { ApplicationActed } from '../application/own-application.types.js';
import type { ReasonedActInput } from '../application/review.input.js';
import { StaffDesk } from '../application/staff-desk.js';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { isName } from '../graphql/is-name.js';
import type {
  Attestation,
  AttestationAnswerInput,
  AttestationInput,
  AttestationReviewInput,
} from './attestation.types.js';
import { maySee } from './member-records.service.js';

type Acted = Promise<ApplicationActed | ActRefused>;

/** Yearly attestations, as members file them and staff review them, and members' acceptances of the agreement. */
@Injectable()
export class AttestationService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(StaffDesk) private readonly desk: StaffDesk,
    @Inject(Attestations) private readonly attestations: Attestations,
    @Inject(Agreements) private readonly agreements: Agreements,
  ) {}

  /** Null for a member that is not the caller's, that came without an application, or that is not there. */
  async find(person: PersonStanding, member: string): Promise<Attestation | null> {
    if (!isName(member) || !maySee(person, member)) return null;
    return this.database.read('read-attestation', `person:${person.id}`, (tx) => readAttestation(tx, member));
  }

  async file(person: PersonStanding, { answers, name, title, email }: AttestationInput): Acted {
    const own = await this.findOwn(person);
    if (own === null) return NO_APPLICATION;
    const fault = answersFault(answers);
    if (fault !== null) return fault;
    const given = Object.fromEntries(
      answers.map(({ topic, changed, what = null }) => [topic, { changed, what }]),
    ) as AttestationAnswers;
    const signatory = { name, title, email };
    const filed = await this.attestations.file({ person: person.id }, own.application, {
      answers: given,
      signatory,
    });
    return acted(own.application, filed);
  }

  async acceptAgreement(
    person: PersonStanding,
    { version, digest, ...signatory }: AcceptAgreementInput,
  ): Acted {
    const own = await this.findOwn(person);
    if (own === null) return NO_APPLICATION;
    const accepted = { version, digest, signatory };
    return acted(
      own.application,
      await this.agreements.accept({ person: person.id }, own.application, accepted),
    );
  }

  ask(person: PersonStanding, { application, reason }: ReasonedActInput): Acted {
    return this.desk.act(person, application, reasonFault('re_attestation_due', reason), () =>
      this.attestations.ask({ person: person.id }, application, reason as Reason<'re_attestation_due'>),
    );
  }

  review(person: PersonStanding, input: AttestationReviewInput): Acted {
    const { application, attestation, outcome, note = null } = input;
    return this.desk.act(person, application, noteFault(note), () =>
      this.attestations.review(person.id, application, attestation, { outcome, note }),
    );
  }

  /** Of the member that the person administers. */
  private async findOwn(person: PersonStanding): Promise<Attestation | null> {
    return person.member === null ? null : this.find(person, person.member.member);
  }
}

const NO_APPLICATION = actRefused({
  ok: false,
  code: 'NOT_FOUND',
  field: 'member',
  rule: 'has no application',
});

/** Of two answers to one topic neither may be passed over. */
function answersFault(answers: readonly AttestationAnswerInput[]): ActRefused | null {
  const topics = new Set(answers.map(({ topic }) => topic));
  const complete =
    answers.length === ATTESTATION_TOPICS.length && ATTESTATION_TOPICS.every((topic) => topics.has(topic));
  return complete ? null : badInput('answers', `must be one to each of ${ATTESTATION_TOPICS.join(', ')}`);
}

async function readAttestation(tx: Tx, member: string): Promise<Attestation | null> {
  const [row] = await tx.query<Pick<Attestation, 'application' | 'state' | 'attestBy' | 'agreementAccepted'>>(
    `SELECT a.id AS application, a.state, a.attest_by AS "attestBy",
            cairn.accepts_current_agreement(a.id) AS "agreementAccepted"
       FROM cairn.application a JOIN cairn.member m ON m.id = a.member_id WHERE m.handle = $1`,
    [member],
  );
  if (row === undefined) return null;
  const filed = await tx.query<Attestation['filed'][number]>(
    `SELECT t.number::float8 AS number, t.answers::text AS answers, t.name AS signatory, t.at, r.outcome, r.note
       FROM cairn.application_attestation t
       LEFT JOIN cairn.application_attestation_review r ON r.application_id = t.application_id AND r.attestation = t.number
      WHERE t.application_id = $1 ORDER BY t.number DESC`,
    [row.application],
  );
  return { __typename: 'Attestation', member, topics: ATTESTATION_TOPICS, ...row, filed };
}
