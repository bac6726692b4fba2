import type { ApplicationFailure, PersonStanding } from '#libs/membership';
import type { Database } from '#libs/platform';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { idFault } from './application-input.js';
import { acted, type Done } from './application-results.js';
import { isOwn } from './application-view.js';
import type { ApplicationActed } from './own-application.types.js';

interface Owner {
  memberId: number | null;
  group: string | null;
}

/** The rule that nobody vets an organisation of their own. */
export class StaffDesk {
  constructor(private readonly database: Database) {}

  /** Does an act of staff on an application, unless a given fault or the rule above forbids it. */
  async act(
    person: PersonStanding,
    application: string,
    fault: ActRefused | null,
    work: () => Promise<Done | ApplicationFailure>,
  ): Promise<ApplicationActed | ActRefused> {
    const refusal = fault ?? (await this.refusal(person, application));
    return refusal ?? acted(application, await work());
  }

  /**
   * Why this person may not act on this application, or null: who administers the applicant's organisation, or one under the same control,
   * has a stake in it.
   */
  async refusal(person: PersonStanding, application: string): Promise<ActRefused | null> {
    const fault = idFault(application);
    if (fault !== null) return fault;
    if (person.member === null) return null;
    const owner = await this.ownerOf(person, application);
    if (owner === null || !isOwn(person, owner.memberId, owner.group)) return null;
    return actRefused({
      ok: false,
      code: 'NOT_ALLOWED',
      field: 'person',
      rule: 'must not administer the organisation that is acted on, nor one under the same control',
    });
  }

  private async ownerOf({ id }: PersonStanding, application: string): Promise<Owner | null> {
    const [owner] = await this.database.read('find-application-owner', `person:${id}`, (tx) =>
      tx.query<Owner>(
        `SELECT member_id AS "memberId", cairn.application_control_group(id) AS "group" FROM cairn.application WHERE id = $1`,
        [application],
      ),
    );
    return owner ?? null;
  }
}
