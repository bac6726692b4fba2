import type { Tx } from '#libs/platform';
import { encodeMetadata, evaluateClaims, type StandingClaim } from '#libs/protocol';
import { CLAIM_TEXT } from './affected-signals.js';

/**
 * Each affected signal with the standing claims of its members as one text: most signals of a step share it, so it is evaluated
 * once. The last event that ended something says why the signal goes. Every `OFFSET 0` keeps a lookup by index for each affected
 * signal, whatever the planner believes of a temporary table: the cost must not grow with the tables behind.
 *
 * A signal whose only event is the first claim ever made about it in the channel has no record and no other claims: nothing is looked up.
 */
const EVALUATE = `
  INSERT INTO pg_temp.evaluated_signal (signal_id, channel_id, type_code, key, reason, before, claims)
  SELECT a.signal_id, a.channel_id, g.type_code, g.key, a.reason, r.metadata, coalesce(a.only_claim, s.claims)
    FROM (SELECT DISTINCT ON (signal_id, channel_id) signal_id, channel_id, reason,
                 CASE WHEN count(*) OVER (PARTITION BY signal_id, channel_id) = 1 THEN first_claim END AS only_claim
            FROM pg_temp.affected_signal
           ORDER BY signal_id, channel_id, (reason = 0), log_index DESC, line DESC) a
   CROSS JOIN LATERAL (SELECT type_code, key FROM cairn.signal WHERE id = a.signal_id OFFSET 0) g
    LEFT JOIN LATERAL (
      SELECT metadata FROM cairn.record
       WHERE a.only_claim IS NULL AND signal_id = a.signal_id AND channel_id = a.channel_id OFFSET 0) r ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(${CLAIM_TEXT}, ';' ORDER BY member_id) AS claims
        FROM (SELECT DISTINCT ON (member_id) member_id, operation, named, labels, quality, expires
                FROM cairn.entry e
               WHERE a.only_claim IS NULL AND e.signal_id = a.signal_id AND e.channel_id = a.channel_id AND e.effect = 0
                 AND NOT e.void AND e.log_index < $1
               ORDER BY member_id, log_index DESC, line DESC) latest
       WHERE operation = 1 AND (expires IS NULL OR expires * 86400000::bigint > $2)) s ON true`;

/** Records that differ from what they were. The bucket is the first two bytes of SHA-256(key). */
const KEEP_CHANGED = `
  INSERT INTO pg_temp.changed_record (signal_id, channel_id, type_code, bucket, key, reason, before, after)
  SELECT e.signal_id, e.channel_id, e.type_code, get_byte(h.digest, 0) * 256 + get_byte(h.digest, 1), e.key, e.reason,
         e.before, m.metadata
    FROM pg_temp.evaluated_signal e
    LEFT JOIN unnest($1::smallint[], $2::text[], $3::bytea[]) AS m (channel_id, claims, metadata)
      ON m.channel_id = e.channel_id AND m.claims = e.claims
    CROSS JOIN LATERAL (SELECT sha256(e.key) AS digest) h
   WHERE e.before IS DISTINCT FROM m.metadata`;

/**
 * Evaluates the affected signals as they stand before log index `to`, at tick time `now`, by the same `evaluateClaims` that
 * replays use, and leaves those whose record changed in `changed_record`.
 */
export async function evaluateSignals(tx: Tx, to: number, now: number): Promise<void> {
  await tx.query(EVALUATE, [to, now]);
  const members = await loadMembers(tx);
  const distinct = await tx.query<{ channelId: number; corroboration: number; claims: string }>(
    `SELECT e.channel_id AS "channelId", (c.policy ->> 'corroboration')::integer AS corroboration, e.claims
       FROM (SELECT channel_id, claims FROM pg_temp.evaluated_signal WHERE claims IS NOT NULL GROUP BY 1, 2) e
       JOIN cairn.channel c ON c.id = e.channel_id`,
  );
  const metadata = distinct.map(({ claims, corroboration }) => {
    return Buffer.from(encodeMetadata(evaluateClaims(readClaims(claims, members), corroboration)!));
  });
  await tx.query(KEEP_CHANGED, [
    distinct.map((row) => row.channelId),
    distinct.map((row) => row.claims),
    metadata,
  ]);
}

type MemberFacts = ReadonlyMap<number, Pick<StandingClaim, 'group' | 'accredited' | 'probation'>>;

async function loadMembers(tx: Tx): Promise<MemberFacts> {
  const rows = await tx.query<{ id: number; group: string; accredited: boolean; probation: boolean }>(
    `SELECT id, control_group AS "group", accredited, status = 'probation' AS probation FROM cairn.member`,
  );
  return new Map(rows.map(({ id, ...facts }) => [id, facts]));
}

/** The claims of the text that `EVALUATE` writes: `member|named|labels|quality|expires`, joined by semicolons. */
function readClaims(text: string, members: MemberFacts): StandingClaim[] {
  return text.split(';').map((claim) => {
    const [member, named, labels, quality, expires] = claim.split('|') as [
      string,
      string,
      string,
      string,
      string,
    ];
    return {
      member: Number(member),
      ...members.get(Number(member))!,
      named: named === '1',
      labels: labels === '' ? [] : labels.split(',').map(Number),
      quality: quality === '' ? null : Number(quality),
      expires: expires === '' ? null : Number(expires),
    };
  });
}
