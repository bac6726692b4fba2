import type { Tx } from '#libs/platform';
import type { MemberKind, MemberStatus } from '#libs/protocol';

/** What a member may do in a channel, and what was asked for last. */
export interface MemberRight {
  channel: string;
  submit: boolean;
  receive: boolean;
  /** Whether another right was asked for and waits to be logged. */
  changing: boolean;
}

/** A waiver of conformance that a person gave. */
export interface MemberWaiver {
  /** Null for every channel. */
  channel: string | null;
  reason: string;
  until: Date;
  /** Row id of who gave it. */
  person: number;
  at: Date;
  /** Whether it has not run out. */
  counts: boolean;
}

/** A member as staff see it. */
export interface MemberRecord {
  member: string;
  name: string;
  kind: MemberKind;
  status: MemberStatus;
  accredited: boolean;
  controlGroup: string;
  /** When its admission was logged; null before. */
  since: Date | null;
  /** Id of its application; null for a member that came without one. */
  application: string | null;
  /** By channel. */
  rights: MemberRight[];
  /** Its latest passed conformance run, and whether that still counts by the policy in force. */
  conformance: { passedAt: Date; reportDigest: string; counts: boolean } | null;
  /** The latest first. */
  waivers: MemberWaiver[];
}

type Row = Omit<MemberRecord, 'conformance'> & {
  passedAt: Date | null;
  reportDigest: string | null;
  counts: boolean | null;
};

const RECORD = `
  SELECT m.handle AS member, m.name, m.kind, m.standing AS status, m.accredited, m.control_group AS "controlGroup",
         to_timestamp(m.admitted_time / 1000.0) AS since, a.id AS application, p.at AS "passedAt",
         encode(p.report_digest, 'hex') AS "reportDigest",
         p.at >= now() - make_interval(days => (cairn.current_admission_policy()).conformance_days) AS counts,
         (SELECT coalesce(json_agg(json_build_object('channel', c.name, 'submit', r.submit, 'receive', r.receive,
                   'changing', (r.submit, r.receive) <> (r.requested_submit, r.requested_receive)) ORDER BY c.name), '[]')
            FROM cairn.channel_right r JOIN cairn.channel c ON c.id = r.channel_id
           WHERE r.member_id = m.id AND (r.submit OR r.receive OR r.requested_submit OR r.requested_receive)) AS rights,
         (SELECT coalesce(json_agg(json_build_object('channel', c.name, 'reason', w.reason, 'until', w.until, 'person', w.person_id,
                   'at', w.at, 'counts', w.until > now()) ORDER BY w.id DESC), '[]')
            FROM cairn.conformance_waiver w LEFT JOIN cairn.channel c ON c.id = w.channel_id
           WHERE w.member_id = m.id) AS waivers
    FROM cairn.member m
    LEFT JOIN cairn.application a ON a.member_id = m.id
    LEFT JOIN LATERAL (SELECT s.at, s.report_digest FROM cairn.conformance_step s
      WHERE s.member_id = m.id AND s.ordinal = 4 AND s.passed ORDER BY s.at DESC LIMIT 1) p ON true`;

/** Members in a standing, or in any, by name: at most `first`, after the one of that name. */
export async function listMemberRecords(
  tx: Tx,
  status: MemberStatus | null,
  { first, after = '' }: { first: number; after?: string },
): Promise<MemberRecord[]> {
  const rows = await tx.query<Row>(
    `${RECORD} WHERE ($1::text IS NULL OR m.standing = $1) AND m.handle COLLATE "C" > $2
      ORDER BY m.handle COLLATE "C" LIMIT $3`,
    [status, after, first],
  );
  return rows.map(toRecord);
}

/** The member of that name, or null. */
export async function findMemberRecord(tx: Tx, member: string): Promise<MemberRecord | null> {
  const [row] = await tx.query<Row>(`${RECORD} WHERE m.handle = $1`, [member]);
  return row === undefined ? null : toRecord(row);
}

function toRecord({ passedAt, reportDigest, counts, waivers, ...row }: Row): MemberRecord {
  const conformance =
    passedAt === null ? null : { passedAt, reportDigest: reportDigest!, counts: counts === true };
  // Times within JSON come as text.
  const dated = waivers.map((waiver) => ({
    ...waiver,
    until: new Date(waiver.until),
    at: new Date(waiver.at),
  }));
  return { ...row, conformance, waivers: dated };
}

/** An act of staff on a member. What does not belong to its kind is null. */
export interface MemberAct {
  number: number;
  act: 'right' | 'accreditation' | 'control_group' | 'recall';
  channel: string | null;
  submit: boolean | null;
  receive: boolean | null;
  /** On what a right rests: `nothing_more`, `sandbox`, `pass` or `waiver`. */
  basis: string | null;
  /** Row id of the person whose waiver it rests on. */
  waivedBy: number | null;
  accredited: boolean | null;
  controlGroup: string | null;
  from: number | null;
  reason: string;
  /** Row id of who acted. */
  person: number;
  at: Date;
}

/** Acts on a member, the latest first: at most `first`, before that number. */
export async function listMemberActs(
  tx: Tx,
  member: string,
  { first, before = null }: { first: number; before?: number | null },
): Promise<MemberAct[]> {
  return tx.query<MemberAct>(
    `SELECT t.id::float8 AS number, t.act, c.name AS channel, t.submit, t.receive, t.basis, t.waived_by AS "waivedBy", t.accredited,
            t.control_group AS "controlGroup", t.from_index::float8 AS "from", t.reason, t.person_id AS person, t.at
       FROM cairn.member_act t JOIN cairn.member m ON m.id = t.member_id LEFT JOIN cairn.channel c ON c.id = t.channel_id
      WHERE m.handle = $1 AND ($2::bigint IS NULL OR t.id < $2) ORDER BY t.id DESC LIMIT $3`,
    [member, before, first],
  );
}
