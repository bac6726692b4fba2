import {
  readApplicationDocument,
  readChecklist,
  type ApplicationDocument,
  type PersonStanding,
} from '#libs/membership';
import type { Tx } from '#libs/platform';
import type { ApplicationChecklistItem, PrincipleStatement } from './application-parts.types.js';
import type { ApplicationRecord } from './application-record.types.js';
import type { OwnApplication } from './own-application.types.js';

type Row = Record<string, unknown>;

/** What counts about an application besides what its document says. */
interface Surroundings {
  member: string | null;
  memberId: number | null;
  windowLeft: number | null;
  childSafety: boolean;
}

/**
 * An application as the applicant may see it: nothing of what staff and members say about it but its moves.
 *
 * @throws ApplicationRefusal NOT_FOUND
 */
export async function readOwnApplication(tx: Tx, application: string): Promise<OwnApplication> {
  const document = await readApplicationDocument(tx, application);
  const around = await readSurroundings(tx, application);
  return {
    id: document.application,
    state: document.state,
    member: around.member,
    profile: document.profile,
    principles: document.principles.map(toStatement),
    documents: rows(document.documents),
    checklist: await checklistOf(tx, document, around),
    agreementAccepted: document.agreement.accepted,
    moves: rows(document.moves),
  };
}

/**
 * An application as staff see it.
 *
 * @throws ApplicationRefusal NOT_FOUND
 */
export async function readApplicationRecord(
  tx: Tx,
  application: string,
  person: PersonStanding,
): Promise<ApplicationRecord> {
  return toRecord(tx, await readApplicationDocument(tx, application), person);
}

/** A version of an application as staff see it. */
export async function toRecord(
  tx: Tx,
  document: ApplicationDocument,
  person: PersonStanding,
): Promise<ApplicationRecord> {
  const around = await readSurroundings(tx, document.application);
  const counted = new Set(document.countedEndorsements);
  return {
    __typename: 'ApplicationRecord',
    id: document.application,
    state: document.state,
    revision: document.revision,
    member: around.member,
    windowLeft: around.windowLeft === null ? null : Math.floor(around.windowLeft),
    conflict: isOwn(person, around.memberId, document.controlGroup),
    policyVersion: document.policyVersion,
    profile: document.profile,
    controlGroup: document.controlGroup,
    principles: document.principles.map(toStatement),
    findings: rows(document.findings),
    documents: rows(document.documents),
    checklist: await checklistOf(tx, document, around),
    checks: rows(document.checks),
    agreementAccepted: document.agreement.accepted,
    acceptances: rows(document.agreement.acceptances),
    endorsements: rows<ApplicationRecord['endorsements'][number]>(document.endorsements).map((row) => ({
      ...row,
      counts: counted.has(row.number),
    })),
    founding: document.founding,
    objections: rows<ApplicationRecord['objections'][number]>(document.objections).map((row) => ({
      ...row,
      answer: row.answer === null ? null : timed(row.answer as unknown as Row),
    })),
    moves: rows(document.moves),
    recommendations: rows(document.recommendations),
  };
}

/** Whether a person administers the organisation that an application is of, or one under the same control. */
export function isOwn({ member }: PersonStanding, memberId: number | null, group: string | null): boolean {
  return member !== null && (member.id === memberId || member.group === group);
}

async function readSurroundings(tx: Tx, application: string): Promise<Surroundings> {
  const [row] = await tx.query<Surroundings>(
    `SELECT m.handle AS member, a.member_id AS "memberId",
            (1000 * extract(epoch FROM cairn.objection_time_left(a.id)))::float8 AS "windowLeft",
            cairn.asks_child_safety((cairn.current_profile(a.id)).profile) AS "childSafety"
       FROM cairn.application a LEFT JOIN cairn.member m ON m.id = a.member_id WHERE a.id = $1`,
    [application],
  );
  return row!;
}

/** What is asked of an applicant of this kind, for these channels; of one that has not said what it is, nothing yet. */
async function checklistOf(
  tx: Tx,
  { checklistVersion, profile, missingChecks }: ApplicationDocument,
  { childSafety }: Surroundings,
): Promise<ApplicationChecklistItem[]> {
  if (profile === null) return [];
  const items = await readChecklist(tx, checklistVersion);
  return items
    .filter((item) => item.kinds.includes(profile.kind) && (childSafety || !item.childSafety))
    .map((item) => ({ ...item, missing: missingChecks.includes(item.code) }));
}

function toStatement(row: Row): PrincipleStatement {
  const standing = row['applies'] === true ? row['standing'] : 'does_not_apply';
  return timed({ ...row, standing });
}

/** Rows of a document, each as the GraphQL type of its members. */
function rows<T>(list: readonly Row[]): T[] {
  return list.map((row) => timed<T>(row));
}

/** Times are texts in a document. */
function timed<T>(row: Row): T {
  return { ...row, at: new Date(row['at'] as string) } as T;
}
