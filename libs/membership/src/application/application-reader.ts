import type { Tx } from '#libs/platform';
import type { MemberKind } from '#libs/protocol';
import type { ApplicationState } from './diagram.js';

/** An application in a list. */
export interface ApplicationSummary {
  application: string;
  state: ApplicationState;
  legalName: string | null;
  kind: MemberKind | null;
  /** Name of the member, once there is one. */
  member: string | null;
  createdAt: Date;
  /** When it came to where it stands. */
  since: Date;
  openObjections: number;
  /** Milliseconds of the objection window that are left; null when none is open. It stands still while an objection is open. */
  windowLeft: number | null;
  attestBy: Date | null;
}

/** Applications in these states, or in any, the one that has waited longest first. At most `first`, after those skipped. */
export async function listApplications(
  tx: Tx,
  states: readonly ApplicationState[] | null,
  { first, skip = 0 }: { first: number; skip?: number },
): Promise<ApplicationSummary[]> {
  return tx.query<ApplicationSummary>(
    `SELECT a.id AS application, a.state, p.legal_name AS "legalName", p.kind, m.handle AS member,
            a.created_at AS "createdAt", coalesce(v.at, a.created_at) AS since,
            cairn.open_objections(a.id) AS "openObjections",
            (1000 * extract(epoch FROM cairn.objection_time_left(a.id)))::float8 AS "windowLeft", a.attest_by AS "attestBy"
       FROM cairn.application a
       CROSS JOIN LATERAL cairn.current_profile(a.id) AS p
       LEFT JOIN cairn.member m ON m.id = a.member_id
       LEFT JOIN cairn.application_move v ON v.application_id = a.id AND v.number = a.moves
      WHERE $1::text[] IS NULL OR a.state = ANY ($1)
      ORDER BY coalesce(v.at, a.created_at), a.id LIMIT $2 OFFSET $3`,
    [states, first, skip],
  );
}

/** A check of a version of the checklist. */
export interface ChecklistItem {
  version: number;
  code: string;
  /** Who does it; staff can do what a machine does. */
  performer: 'staff' | 'machine';
  /** What proves it, in words. */
  evidence: string;
  /** Whether it must pass before admission is recommended. */
  required: boolean;
  mayNotApply: boolean;
  /** Asked only of who asks for a channel of child safety. */
  childSafety: boolean;
  kinds: MemberKind[];
  /** Members of the profile it is about: when one changes, it is to be done again. */
  facts: string[];
}

/** The checks of a version of the checklist, by code. */
export async function readChecklist(tx: Tx, version: number): Promise<ChecklistItem[]> {
  return tx.query<ChecklistItem>(
    `SELECT version, code, performer, evidence, required, may_not_apply AS "mayNotApply", child_safety AS "childSafety",
            member_kinds AS kinds, facts
       FROM cairn.checklist_item WHERE version = $1 ORDER BY code`,
    [version],
  );
}
