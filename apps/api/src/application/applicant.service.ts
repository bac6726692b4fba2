import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '#libs/access';
import {
  Agreements,
  ApplicationDocuments,
  Applications,
  currentAgreement,
  type Reason,
} from '#libs/membership';
import { Database, type Actor } from '#libs/platform';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { RateLimit } from '../http/rate-limit.js';
import type {
  AcceptAgreementInput,
  ApplicationDocumentInput,
  PrincipleStandingInput,
} from './applicant.input.js';
import type { Agreement } from './application-parts.types.js';
import type { ApplicationProfile } from './application-profile.types.js';
import {
  badInput,
  noteFault,
  profileFault,
  reasonFault,
  toProfile,
  toStanding,
} from './application-input.js';
import { acted } from './application-results.js';
import { readOwnApplication } from './application-view.js';
import type {
  ApplicationActed,
  ApplicationBegun,
  ApplicationDocumentAdded,
  OwnApplication,
} from './own-application.types.js';

const HOUR_MS = 3_600_000;
const MOST_APPLICATIONS = 10;
const MOST_DOCUMENTS = 60;
/** In base64, with the rest of the request, they stay below the greatest body. */
const MOST_DOCUMENT_BYTES = 7 * 1024 * 1024;

type Acted = Promise<ApplicationActed | ActRefused>;

/** Acts of applicants, each in its own name. */
@Injectable()
export class ApplicantService {
  private readonly begun = new RateLimit(MOST_APPLICATIONS, HOUR_MS);
  private readonly added = new RateLimit(MOST_DOCUMENTS, HOUR_MS);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Applications) private readonly applications: Applications,
    @Inject(ApplicationDocuments) private readonly documents: ApplicationDocuments,
    @Inject(Agreements) private readonly agreements: Agreements,
  ) {}

  read(application: string): Promise<OwnApplication> {
    return this.database.read('read-own-application', `applicant:${application}`, (tx) =>
      readOwnApplication(tx, application),
    );
  }

  agreement(caller: Caller): Promise<Agreement | null> {
    return this.database.read('read-agreement', actorOfCaller(caller), currentAgreement);
  }

  /** What can be found wrong is found before anything is written. */
  async apply(address: string, profile: ApplicationProfile): Promise<ApplicationBegun | ActRefused> {
    if (!this.begun.allows(address)) return tooOften('application', MOST_APPLICATIONS);
    const said = toProfile(profile);
    const fault = profileFault(said);
    if (fault !== null) return fault;
    const { application, token } = await this.applications.create();
    const set = await this.applications.setProfile(application, said);
    return set.ok ? { __typename: 'ApplicationBegun', application, secret: token } : actRefused(set);
  }

  async setProfile(application: string, profile: ApplicationProfile): Acted {
    return acted(application, await this.applications.setProfile(application, toProfile(profile)));
  }

  async statePrinciple(application: string, input: PrincipleStandingInput): Acted {
    return acted(application, await this.applications.statePrinciple(application, toStanding(input)));
  }

  async addDocument(
    application: string,
    { name, mediaType, content }: ApplicationDocumentInput,
  ): Promise<ApplicationDocumentAdded | ActRefused> {
    if (!this.added.allows(application)) return tooOften('document', MOST_DOCUMENTS);
    const bytes = Buffer.from(content, 'base64');
    if (bytes.toString('base64') !== content)
      return badInput('content', 'must be base64 with padding (RFC 4648 §4)');
    if (bytes.length > MOST_DOCUMENT_BYTES)
      return badInput('content', `must have at most ${MOST_DOCUMENT_BYTES} bytes`);
    const document = { name, mediaType, content: bytes };
    const done = await this.documents.add({ applicant: application }, application, document);
    if (!done.ok) return actRefused(done);
    return { __typename: 'ApplicationDocumentAdded', application, digest: done.digest };
  }

  async accept(application: string, { version, digest, ...signatory }: AcceptAgreementInput): Acted {
    const accepted = { version, digest, signatory };
    return acted(
      application,
      await this.agreements.accept({ applicant: application }, application, accepted),
    );
  }

  async submit(application: string): Acted {
    return acted(application, await this.applications.submit(application));
  }

  async answer(application: string, note: string | null): Acted {
    return noteFault(note) ?? acted(application, await this.applications.answer(application, note));
  }

  async withdraw(application: string, reason: string, note: string | null): Acted {
    const fault = reasonFault('withdrawn', reason) ?? noteFault(note);
    if (fault !== null) return fault;
    return acted(
      application,
      await this.applications.withdraw(application, reason as Reason<'withdrawn'>, note),
    );
  }
}

function actorOfCaller(caller: Caller): Actor {
  if (caller.role === 'applicant') return `applicant:${caller.application}`;
  if (caller.role === 'member') return `member:${caller.member.id}`;
  return caller.role === 'person' ? `person:${caller.person.id}` : 'system:api';
}

function tooOften(field: string, most: number): ActRefused {
  return actRefused({
    ok: false,
    code: 'NOT_ALLOWED',
    field,
    rule: `must be at most the ${most}th in an hour`,
  });
}
