import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import {
  ApplicationDocuments,
  ApplicationReview,
  listApplications,
  Objections,
  type ApplicationState,
  type ObjectionCode,
  type PersonStanding,
  type Reason,
} from '#libs/membership';
import { Database } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { badInput, codeFault, idFault, noteFault, reasonFault } from './application-input.js';
import type {
  ApplicationDocumentContent,
  ApplicationRecord,
  ApplicationSummary,
} from './application-record.types.js';
import { readApplicationRecord } from './application-view.js';
import type { ApplicationActed } from './own-application.types.js';
import type {
  ApplicationActInput,
  ApplicationCheckInput,
  ControlGroupInput,
  InformationRequestInput,
  ObjectionAnswerInput,
  ObjectionInput,
  PrincipleFindingInput,
} from './review.input.js';
import { StaffDesk } from './staff-desk.js';

const MOST_APPLICATIONS = 200;
const DIGEST = /^[0-9a-f]{64}$/;

type Acted = Promise<ApplicationActed | ActRefused>;

/** Applications as staff see them, and the acts of their review. */
@Injectable()
export class ReviewService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(StaffDesk) private readonly desk: StaffDesk,
    @Inject(ApplicationReview) private readonly review: ApplicationReview,
    @Inject(ApplicationDocuments) private readonly documents: ApplicationDocuments,
    @Inject(Objections) private readonly objections: Objections,
  ) {}

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list(
    { id }: PersonStanding,
    states: readonly ApplicationState[] | null,
    first: number,
    after: string | undefined,
  ): Promise<Connection<ApplicationSummary>> {
    requireFirst(first, MOST_APPLICATIONS);
    const list = `applications/${states === null ? '*' : [...states].sort().join(',')}`;
    const scope = { member: `person:${id}`, list };
    const skip = after === undefined ? 0 : this.openCursor(scope, after);
    const found = await this.database.read('list-applications', `person:${id}`, (tx) =>
      listApplications(tx, states, { first: first + 1, skip }),
    );
    const nodes = found.map(({ application, windowLeft, ...row }, i) => ({
      ...row,
      id: application,
      windowLeft: windowLeft === null ? null : Math.floor(windowLeft),
      place: skip + i + 1,
    }));
    return toConnection(nodes, first, ({ place }) => this.cursors.seal(scope, [place]));
  }

  /** The application of that id, or null. */
  async find(person: PersonStanding, application: string): Promise<ApplicationRecord | null> {
    if (idFault(application) !== null) return null;
    return this.database.read('read-application', `person:${person.id}`, async (tx) => {
      const [known] = await tx.query('SELECT 1 FROM cairn.application WHERE id = $1', [application]);
      return known === undefined ? null : readApplicationRecord(tx, application, person);
    });
  }

  /** The document of that digest, or null when it is not with that application. */
  async findDocument(
    { id }: PersonStanding,
    application: string,
    digest: string,
  ): Promise<ApplicationDocumentContent | null> {
    if (!DIGEST.test(digest)) return null;
    const found = await this.documents.find({ person: id }, application, digest);
    if (!found.ok) return null;
    const { mediaType, name, content } = found;
    return {
      __typename: 'ApplicationDocumentContent',
      digest,
      mediaType,
      name,
      content: content.toString('base64'),
    };
  }

  takeUp(person: PersonStanding, { application, note = null }: ApplicationActInput): Acted {
    return this.desk.act(person, application, noteFault(note), () =>
      this.review.takeUp(person.id, application, note),
    );
  }

  recordCheck(person: PersonStanding, { application, ...check }: ApplicationCheckInput): Acted {
    return this.desk.act(person, application, codeFault(check.code, 'code'), () =>
      this.review.recordCheck({ person: person.id }, application, check),
    );
  }

  recordFinding(person: PersonStanding, { application, ...found }: PrincipleFindingInput): Acted {
    const { principle } = found;
    const fault =
      principle >= 1 && principle <= 11 ? null : badInput('principle', 'must be a principle from 1 to 11');
    return this.desk.act(person, application, fault, () =>
      this.review.recordFinding(person.id, application, found),
    );
  }

  setControlGroup(person: PersonStanding, { application, group, note = null }: ControlGroupInput): Acted {
    return this.desk.act(person, application, null, () =>
      this.review.setControlGroup(person.id, application, group, note),
    );
  }

  requestInformation(person: PersonStanding, { application, reason, note }: InformationRequestInput): Acted {
    const fault = reasonFault('information_requested', reason) ?? noteFault(note);
    return this.desk.act(person, application, fault, () =>
      this.review.requestInformation(person.id, application, reason as Reason<'information_requested'>, note),
    );
  }

  confirmEndorsed(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () =>
      this.review.confirmEndorsed(person.id, application),
    );
  }

  openWindow(person: PersonStanding, application: string): Acted {
    return this.desk.act(person, application, null, () =>
      this.review.openObjectionWindow(person.id, application),
    );
  }

  object(person: PersonStanding, { application, code, note }: ObjectionInput): Acted {
    return this.desk.act(person, application, null, () =>
      this.objections.raise({ person: person.id }, application, { code: code as ObjectionCode, note }),
    );
  }

  answerObjection(person: PersonStanding, { application, objection, ...said }: ObjectionAnswerInput): Acted {
    return this.desk.act(person, application, null, () =>
      this.objections.answer(person.id, application, objection, said),
    );
  }

  private openCursor(scope: CursorScope, cursor: string): number {
    const [place] = this.cursors.open(scope, cursor) ?? [];
    if (typeof place === 'number') return place;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}
