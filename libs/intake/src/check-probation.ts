import { currentAdmissionPolicy, type MemberKey } from '#libs/membership';
import type { Tx } from '#libs/platform';
import { SANDBOX, type Manifest } from '#libs/protocol';
import { refuse, type SubmissionRefusal } from './submission-results.js';

/**
 * Holds a submission of a member on probation to the entries that the admission policy in force lets it submit in 24 hours, the sandbox
 * apart. To be called under the member's lock, so that of two submissions at a time the later counts the earlier.
 */
export async function checkProbation(
  tx: Tx,
  { memberId, memberStatus }: MemberKey,
  { channel, count }: Manifest,
  now: Date,
): Promise<SubmissionRefusal | null> {
  if (memberStatus !== 'probation' || channel === SANDBOX) return null;
  const { probationEntriesADay: most } = await currentAdmissionPolicy(tx);
  const limit = `must keep within ${most} entries in 24 hours while the member is on probation`;
  if (count > most) return refuse('PROBATION_LIMIT', 'manifest.count', `${limit}: send fewer at a time`);
  const retryAt = await findRetry(tx, memberId, now, most - count);
  if (retryAt === null) return null;
  const rule = `${limit}: try again at ${retryAt.toISOString()}`;
  return refuse('PROBATION_LIMIT', 'manifest.count', rule, null, retryAt);
}

/** When what was received in the 24 hours before is at most `most` entries; null when it is now. */
async function findRetry(tx: Tx, memberId: number, now: Date, most: number): Promise<Date | null> {
  const [row] = await tx.query<{ used: number; retryAt: Date | null }>(
    `SELECT coalesce(sum(entries), 0)::float8 AS used, min(at) FILTER (WHERE newer <= $3) + interval '1 day' AS "retryAt"
       FROM (SELECT s.received_at AS at, s.entry_count AS entries,
                    coalesce(sum(s.entry_count) OVER (ORDER BY s.counter DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
               FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id
              WHERE s.member_id = $1 AND s.received_at > $2::timestamptz - interval '1 day' AND c.name <> $4) AS of_day`,
    [memberId, now, most, SANDBOX],
  );
  return row!.used <= most ? null : row!.retryAt;
}
