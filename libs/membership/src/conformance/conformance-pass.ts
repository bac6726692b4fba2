import type { Actor, Tx } from '#libs/platform';

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

/** Records that somebody gives a right on a channel without asking for a pass. */
export async function waiveConformance(
  tx: Tx,
  actor: Actor,
  memberId: number,
  channel: string,
): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.conformance_waiver (member_id, channel_id, actor)
      SELECT $1, id, $3 FROM cairn.channel WHERE name = $2`,
    [memberId, channel, actor],
  );
}
