import type { Tx } from '#libs/platform';

/** A conformance run that was passed. */
export interface ConformancePass {
  readonly run: string;
  readonly passedAt: Date;
  /** SHA-256 over the report of the last step, hex. */
  readonly reportDigest: string;
}

/** The latest pass of a member that is not older than so many days (the admission policy's `conformanceDays`), or null. */
export async function findConformancePass(
  tx: Tx,
  memberId: number,
  days: number,
): Promise<ConformancePass | null> {
  const [pass] = await tx.query<ConformancePass>(
    `SELECT r.run, s.at AS "passedAt", encode(s.report_digest, 'hex') AS "reportDigest"
       FROM cairn.conformance_step s JOIN cairn.conformance_run r ON r.id = s.run_id
      WHERE s.member_id = $1 AND s.ordinal = 4 AND s.passed AND s.at >= now() - make_interval(days => $2)
      ORDER BY s.at DESC LIMIT 1`,
    [memberId, days],
  );
  return pass ?? null;
}

/** A waiver that a person gave and that has not run out. */
export interface ConformanceWaiver {
  readonly id: number;
  /** Row id of who gave it. */
  readonly person: number;
}

/** A waiver of a member for a channel, if it can be one that another than this person gave. */
export async function findWaiver(
  tx: Tx,
  memberId: number,
  channel: string,
  person: number,
): Promise<ConformanceWaiver | null> {
  const [waiver] = await tx.query<ConformanceWaiver>(
    `SELECT w.id, w.person_id AS person FROM cairn.conformance_waiver w LEFT JOIN cairn.channel c ON c.id = w.channel_id
      WHERE w.member_id = $1 AND w.until > now() AND (w.channel_id IS NULL OR c.name = $2)
      ORDER BY w.person_id = $3, w.until DESC LIMIT 1`,
    [memberId, channel, person],
  );
  return waiver ?? null;
}
