import { hash } from 'node:crypto';
import type { Tx } from '#libs/platform';
import { requireApplicationId } from './act.js';
import { ActRefused } from './application-result.js';
import { canonicalJson } from './canonical-json.js';
import type { ApplicationState } from './diagram.js';
import type { ApplicationProfile, ChannelRights } from './profile.js';

type Row = Record<string, unknown>;

/** A recommendation that was made. */
export interface Recommendation extends Row {
  number: number;
  person: number;
  direction: 'admit' | 'reject';
  reasons: string[];
  rights: ChannelRights[];
  accredited: boolean;
}

/** Everything that counts about an application, at one moment. Times are ISO 8601 in UTC, digests hex. */
export interface ApplicationDocument {
  application: string;
  state: ApplicationState;
  /** Number of the latest act: two versions of one number are the same but for what others became meanwhile. */
  revision: number;
  policyVersion: number;
  checklistVersion: number;
  profile: ApplicationProfile | null;
  controlGroup: string | null;
  principles: Row[];
  findings: Row[];
  documents: Row[];
  checks: Row[];
  /** Required checks that have not passed for the present profile. */
  missingChecks: string[];
  agreement: { current: number | null; accepted: boolean; acceptances: Row[] };
  endorsements: Row[];
  /** Endorsements that count now: numbers, one of each unrelated control group. */
  countedEndorsements: number[];
  /** Whether the founding policy stands in for endorsements now. */
  founding: boolean;
  objections: Row[];
  moves: Row[];
  recommendations: Recommendation[];
}

/**
 * The application as it stands, with everything that a decision rests on.
 *
 * @throws ActRefused NOT_FOUND
 */
export async function readApplicationDocument(tx: Tx, application: string): Promise<ApplicationDocument> {
  const [row] = await tx.query<{ document: ApplicationDocument }>(DOCUMENT, [
    requireApplicationId(application),
  ]);
  if (row === undefined) throw new ActRefused('NOT_FOUND', 'application', 'is not known');
  return row.document;
}

/** SHA-256 of the canonical JSON of a version, hex: what a recommendation or a decision names. */
export function versionDigest(document: ApplicationDocument): string {
  return hash('sha256', canonicalJson(document), 'hex');
}

const time = (column: string): string =>
  `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Rows of a table of acts as a JSON array in the order of the acts. */
const acts = (table: string, members: string): string => `(SELECT coalesce(json_agg(json_build_object(
    'number', t.number, 'actor', t.actor, 'at', ${time('t.at')}, ${members}) ORDER BY t.number), '[]')
  FROM cairn.${table} t WHERE t.application_id = a.id)`;

const DOCUMENT = `SELECT json_build_object(
  'application', a.id, 'state', a.state, 'revision', a.revision,
  'policyVersion', (cairn.current_admission_policy()).version, 'checklistVersion', a.checklist_version,
  'profile', (cairn.current_profile(a.id)).profile, 'controlGroup', cairn.application_control_group(a.id),
  'principles', ${acts(
    'application_principle',
    `'principle', t.principle, 'applies', t.applies, 'because', t.because, 'standing', t.standing,
     'plannedBy', t.planned_by, 'evidence', t.evidence`,
  )},
  'findings', ${acts(
    'application_principle_finding',
    `'principle', t.principle, 'statement', t.statement, 'person', t.person_id, 'finding', t.finding, 'note', t.note`,
  )},
  'documents', ${acts(
    'application_document',
    `'digest', encode(t.digest, 'hex'), 'mediaType', t.media_type, 'name', t.name`,
  )},
  'checks', ${acts(
    'application_check',
    `'code', t.code, 'person', t.person_id, 'outcome', t.outcome, 'evidence', t.evidence, 'note', t.note, 'facts', t.facts`,
  )},
  'missingChecks', (SELECT coalesce(json_agg(c ORDER BY c), '[]') FROM cairn.missing_checks(a.id) AS c),
  'agreement', json_build_object('current', (SELECT max(version) FROM cairn.agreement),
    'accepted', cairn.accepts_current_agreement(a.id),
    'acceptances', ${acts(
      'agreement_acceptance',
      `'version', t.version, 'digest', encode(t.digest, 'hex'), 'name', t.name, 'title', t.title, 'email', t.email`,
    )}),
  'endorsements', ${acts(
    'application_endorsement',
    `'member', (SELECT m.handle FROM cairn.member m WHERE m.id = t.member_id), 'jti', t.jti,
     'payload', encode(t.payload_digest, 'hex'), 'relationship', t.relationship, 'note', t.note,
     'withdrawn', EXISTS (SELECT FROM cairn.application_endorsement_withdrawal w
                           WHERE w.application_id = t.application_id AND w.endorsement = t.number)`,
  )},
  'countedEndorsements', (SELECT coalesce(json_agg(c.number ORDER BY c.number), '[]') FROM cairn.counted_endorsements(a.id) AS c),
  'founding', cairn.is_founding(),
  'objections', ${acts(
    'application_objection',
    `'member', (SELECT m.handle FROM cairn.member m WHERE m.id = t.member_id), 'person', t.person_id, 'code', t.code,
     'note', t.note, 'answer', (SELECT json_build_object('person', r.person_id, 'outcome', r.outcome, 'answer', r.answer,
        'at', ${time('r.at')}) FROM cairn.application_objection_answer r
       WHERE r.application_id = t.application_id AND r.objection = t.number)`,
  )},
  'moves', ${acts(
    'application_move',
    `'from', t.from_state, 'to', t.to_state, 'person', t.person_id, 'reason', t.reason_code, 'note', t.note,
     'evidence', encode(t.evidence, 'hex')`,
  )},
  'recommendations', ${acts(
    'application_recommendation',
    `'person', t.person_id, 'direction', t.direction, 'reasons', t.reasons, 'rights', t.rights, 'accredited', t.accredited,
     'digest', encode(t.digest, 'hex'), 'note', t.note`,
  )}) AS document
 FROM cairn.application a WHERE a.id = $1`;
