import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors } from '#libs/access';
import { Endorsements, Objections, type MemberStanding, type ObjectionCode } from '#libs/membership';
import { Database, type Tx } from '#libs/platform';
import type { Endorsement } from '#libs/protocol';
import { ApiError } from '../graphql/api-error.js';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { idFault } from './application-input.js';
import { acted } from './application-results.js';
import type { Applicant } from './endorser.types.js';
import type { ApplicationActed } from './own-application.types.js';
import type { ObjectionInput } from './review.input.js';

const MOST_APPLICANTS = 100;

type Acted = Promise<ApplicationActed | ActRefused>;

/** Applicants as members see them, and what members say about them. */
@Injectable()
export class EndorserService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(Endorsements) private readonly endorsements: Endorsements,
    @Inject(Objections) private readonly objections: Objections,
  ) {}

  /** The applicant, or null when there is none of that id about which this member's word counts now. */
  async find(member: MemberStanding, application: string): Promise<Applicant | null> {
    if (idFault(application) !== null) return null;
    const [found] = await this.read(member, 'find-applicant-to-endorse', 'a.id = $2', 1, application);
    return found ?? null;
  }

  /**
   * Those about which this member's word counts now; none for a member whose word counts about nobody.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async list(
    member: MemberStanding,
    first: number,
    after: string | undefined,
  ): Promise<Connection<Applicant>> {
    requireFirst(first, MOST_APPLICANTS);
    const scope = { member: member.member, list: 'applicants' };
    const [from] = after === undefined ? [NIL] : (this.cursors.open(scope, after) ?? []);
    if (typeof from !== 'string')
      throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
    const found = await this.read(member, 'list-applicants', 'a.id > $2', first + 1, from);
    return toConnection(found, first, ({ id }) => this.cursors.seal(scope, [id]));
  }

  async endorse({ id }: MemberStanding, endorsement: string): Acted {
    const filed = await this.endorsements.endorse(id, endorsement);
    return filed.ok ? acted(subjectOf(endorsement), filed) : actRefused(filed);
  }

  async withdraw({ id }: MemberStanding, application: string, endorsement: number): Acted {
    return acted(application, await this.endorsements.withdraw(id, application, endorsement));
  }

  async object({ id }: MemberStanding, { application, code, note }: ObjectionInput): Acted {
    const objection = { code: code as ObjectionCode, note };
    const raised = await this.objections.raise({ member: id }, application, objection);
    return acted(application, raised);
  }

  private async read(
    { id }: MemberStanding,
    name: string,
    which: string,
    most: number,
    value: string,
  ): Promise<Applicant[]> {
    // Profiles are their applicants': the house reads them for whoever may endorse, and shows no more than that needs.
    const found = await this.database.read(name, 'system:api', (tx: Tx) =>
      tx.query<Omit<Applicant, '__typename' | 'ownEndorsement'>>(
        `${APPLICANTS} AND ${which} ORDER BY a.id LIMIT $3`,
        [id, value, most],
      ),
    );
    const own = await this.database.read('find-own-endorsements', `member:${id}`, (tx: Tx) =>
      tx.query<{ application: string; number: number }>(OWN_ENDORSEMENTS, [id, found.map((row) => row.id)]),
    );
    const numbers = new Map(own.map(({ application, number }) => [application, number]));
    return found.map((row) => ({
      __typename: 'Applicant',
      ...row,
      ownEndorsement: numbers.get(row.id) ?? null,
    }));
  }
}

/** Of an endorsement that was verified: the application it is about. */
function subjectOf(endorsement: string): string {
  const payload = Buffer.from(endorsement.split('.')[1]!, 'base64url').toString('utf8');
  return (JSON.parse(payload) as Endorsement).applicant.application;
}

/** Before every id that is given. */
const NIL = '00000000-0000-0000-0000-000000000000';

/** Under review, for members whose word counts. */
const APPLICANTS = `
  SELECT a.id, p.legal_name AS "legalName", encode(sha256(convert_to(p.legal_name, 'UTF8')), 'hex') AS "legalNameDigest",
         p.kind, a.state
    FROM cairn.application a CROSS JOIN LATERAL cairn.current_profile(a.id) AS p
   WHERE a.state IN ('submitted', 'in_review', 'information_requested', 'endorsed', 'objection_window')
     AND p.legal_name IS NOT NULL AND EXISTS (SELECT FROM cairn.full_members() AS f WHERE f.id = $1)`;

/** Endorsements of the member on these applications that it has not withdrawn: the latest of each. */
const OWN_ENDORSEMENTS = `
  SELECT e.application_id AS application, max(e.number)::float8 AS number FROM cairn.application_endorsement e
   WHERE e.member_id = $1 AND e.application_id = ANY ($2::uuid[])
     AND NOT EXISTS (SELECT FROM cairn.application_endorsement_withdrawal w
                      WHERE w.application_id = e.application_id AND w.endorsement = e.number)
   GROUP BY e.application_id`;
