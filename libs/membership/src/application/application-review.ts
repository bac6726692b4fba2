import type { Database, Tx } from '#libs/platform';
import { requireName } from '#libs/protocol';
import { act, personOf, requireApplicationId, type By } from './act.js';
import { ActRefused, type ApplicationResult } from './application-result.js';
import type { ApplicationState, Reason } from './diagram.js';
import { FINDINGS, type Finding } from './principles.js';
import { prose, readInput } from './read-input.js';
import { recordMove, type MoveFacts } from './record-move.js';

/** How a check came out. `not_applicable` only where the checklist allows it. */
export const CHECK_OUTCOMES = ['pass', 'fail', 'not_applicable'] as const;
/** One of {@link CHECK_OUTCOMES}. */
export type CheckOutcome = (typeof CHECK_OUTCOMES)[number];

/** A check that was made. */
export interface CheckResult {
  /** Code of the check in the application's version of the checklist. */
  code: string;
  outcome: CheckOutcome;
  /** What it rests on: a digest of a document, an address, words. At most 2000 characters. */
  evidence?: string | null;
  note?: string | null;
}

type Moved = ApplicationResult<{ state: ApplicationState }>;

/** Acts of staff from an application's arrival to the opening of its objection window. */
export class ApplicationReview {
  constructor(private readonly database: Database) {}

  /** Takes a submitted application up, or back from waiting for information, or from a later step of the review. */
  takeUp(person: number, application: string, note: string | null = null): Promise<Moved> {
    return this.move(person, application, 'in_review', { note });
  }

  /** Asks the applicant for information: it can change what it said until it answers. */
  requestInformation(
    person: number,
    application: string,
    reason: Reason<'information_requested'>,
    note: string,
  ): Promise<Moved> {
    return this.move(person, application, 'information_requested', { reason, note });
  }

  /** States that agreement and endorsements are there (or that the founding policy applies). */
  confirmEndorsed(person: number, application: string): Promise<Moved> {
    return this.move(person, application, 'endorsed', {});
  }

  /** Opens the window in which members and staff can object. */
  openObjectionWindow(person: number, application: string): Promise<Moved> {
    return this.move(person, application, 'objection_window', {});
  }

  /**
   * Records how a check came out: by a person, or by a part of the hub where the checklist lets a machine do it. The latest counts, as
   * long as the facts of the profile that it is about stay as they are.
   */
  recordCheck(
    by: { person: number } | { system: string },
    application: string,
    check: CheckResult,
  ): Promise<ApplicationResult> {
    return act(this.database, 'record-check', by, async (tx) => {
      const evidence = optional(check.evidence, 2000, 'evidence');
      const note = optional(check.note, 4000, 'note');
      if (!CHECK_OUTCOMES.includes(check.outcome))
        throw new ActRefused('BAD_INPUT', 'outcome', `must be one of ${CHECK_OUTCOMES.join(', ')}`);
      await tx.query(
        `INSERT INTO cairn.application_check (application_id, code, person_id, outcome, evidence, note)
          VALUES ($1, $2, $3, $4, $5, $6)`,
        [requireApplicationId(application), check.code, personOf(by), check.outcome, evidence, note],
      );
      return {};
    });
  }

  /**
   * Records what staff found about a standing on a Voluntary Principle.
   *
   * @param statement number of what the applicant said: when it says something else, that is to be found anew
   */
  recordFinding(
    person: number,
    application: string,
    found: { principle: number; statement: number; finding: Finding; note?: string | null },
  ): Promise<ApplicationResult> {
    return act(this.database, 'record-finding', { person }, async (tx) => {
      const note = optional(found.note, 4000, 'note');
      if (!FINDINGS.includes(found.finding))
        throw new ActRefused('BAD_INPUT', 'finding', `must be one of ${FINDINGS.join(', ')}`);
      await tx.query(
        `INSERT INTO cairn.application_principle_finding (application_id, principle, statement, person_id, finding, note)
          VALUES ($1, $2, $3, $4, $5, $6)`,
        [requireApplicationId(application), found.principle, found.statement, person, found.finding, note],
      );
      return {};
    });
  }

  /** Records under whose control the applicant is: members of that control group are no unrelated endorsers. */
  setControlGroup(
    person: number,
    application: string,
    group: string,
    note: string | null = null,
  ): Promise<ApplicationResult> {
    return act(this.database, 'set-application-group', { person }, async (tx) => {
      await tx.query(
        `INSERT INTO cairn.application_group (application_id, person_id, control_group, note) VALUES ($1, $2, $3, $4)`,
        [requireApplicationId(application), person, readGroup(group), optional(note, 4000, 'note')],
      );
      return {};
    });
  }

  private move(person: number, application: string, to: ApplicationState, facts: MoveFacts): Promise<Moved> {
    return act(this.database, 'move-application', { person }, (tx: Tx) =>
      recordMove(tx, { person } satisfies By, application, to, facts),
    );
  }
}

/** A text that may be absent. */
export function optional(value: string | null | undefined, most: number, field: string): string | null {
  return value === null || value === undefined ? null : readInput(prose(most), value, field);
}

function readGroup(group: string): string {
  try {
    return requireName(group, 'group');
  } catch (error) {
    throw new ActRefused('BAD_INPUT', 'group', (error as { rule: string }).rule);
  }
}
