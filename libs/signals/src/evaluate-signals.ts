import type { Tx } from '#libs/platform';
import { encodeMetadata, evaluateClaims, type StandingClaim } from '#libs/protocol';
import { CLAIM_TEXT } from './affected-signals.js';

/**
 * A signal is fresh when its only event is the first claim ever made about it in the channel. It has no record and no other claim, so
 * nothing is looked up but its key; in most steps most signals are fresh.
 */
const IS_FRESH = `count(*) = 1 AND min(first_claim) IS NOT NULL`;

/** Distinct first claims, of fresh signals and of others. */
const FIRST_CLAIMS = `
  SELECT a.channel_id AS "channelId", (c.policy ->> 'corroboration')::integer AS corroboration, a.first_claim AS claims
    FROM (SELECT channel_id, first_claim FROM pg_temp.affected_signal WHERE first_claim IS NOT NULL GROUP BY 1, 2) a
    JOIN cairn.channel c ON c.id = a.channel_id`;

/** Metadata by channel and claims; the bucket is the first two bytes of SHA-256(key). */
const BY_CLAIMS = `unnest($1::smallint[], $2::text[], $3::bytea[]) AS m (channel_id, claims, metadata)`;
const BUCKET = `get_byte(h.digest, 0) * 256 + get_byte(h.digest, 1)`;

const KEEP_FRESH = `
  INSERT INTO pg_temp.changed_record (signal_id, channel_id, type_code, bucket, key, reason, before, after, fresh)
  SELECT a.signal_id, a.channel_id, g.type_code, ${BUCKET}, g.key, 0, NULL, m.metadata, true
    FROM (SELECT signal_id, channel_id, min(first_claim) AS claims FROM pg_temp.affected_signal
           GROUP BY 1, 2 HAVING ${IS_FRESH} ORDER BY 1, 2) a
    JOIN ${BY_CLAIMS} ON m.channel_id = a.channel_id AND m.claims = a.claims
   CROSS JOIN LATERAL (SELECT type_code, key FROM cairn.signal WHERE id = a.signal_id OFFSET 0) g
   CROSS JOIN LATERAL (SELECT sha256(g.key) AS digest) h`;

/**
 * Each other affected signal with the standing claims of its members as one text: most signals of a step share it, so it is evaluated
 * once. The last event that ended something says why the signal goes. Every `OFFSET 0` keeps a lookup by index for each affected
 * signal, whatever the planner believes of a temporary table: the cost must not grow with the tables behind.
 */
const EVALUATE = `
  INSERT INTO pg_temp.evaluated_signal (signal_id, channel_id, type_code, key, reason, before, claims)
  SELECT a.signal_id, a.channel_id, g.type_code, g.key, a.reason, r.metadata, s.claims
    FROM (SELECT signal_id, channel_id,
                 (array_agg(reason ORDER BY (reason = 0), log_index DESC, line DESC))[1] AS reason
            FROM pg_temp.affected_signal GROUP BY 1, 2 HAVING NOT (${IS_FRESH})) a
   CROSS JOIN LATERAL (SELECT type_code, key FROM cairn.signal WHERE id = a.signal_id OFFSET 0) g
    LEFT JOIN LATERAL (
      SELECT metadata FROM cairn.record WHERE signal_id = a.signal_id AND channel_id = a.channel_id OFFSET 0) r ON true
    LEFT JOIN LATERAL (
      SELECT string_agg(${CLAIM_TEXT}, ';' ORDER BY member_id) AS claims
        FROM (SELECT DISTINCT ON (member_id) member_id, operation, named, labels, quality, expires
                FROM cairn.entry e
               WHERE e.signal_id = a.signal_id AND e.channel_id = a.channel_id AND e.effect = 0
                 AND NOT e.void AND e.log_index < $1
               ORDER BY member_id, log_index DESC, line DESC) latest
       WHERE operation = 1 AND (expires IS NULL OR expires * 86400000::bigint > $2)) s ON true`;

const EVALUATED_CLAIMS = `
  SELECT e.channel_id AS "channelId", (c.policy ->> 'corroboration')::integer AS corroboration, e.claims
    FROM (SELECT channel_id, claims FROM pg_temp.evaluated_signal WHERE claims IS NOT NULL GROUP BY 1, 2) e
    JOIN cairn.channel c ON c.id = e.channel_id`;

/** Records that differ from what they were. */
const KEEP_CHANGED = `
  INSERT INTO pg_temp.changed_record (signal_id, channel_id, type_code, bucket, key, reason, before, after, fresh)
  SELECT e.signal_id, e.channel_id, e.type_code, ${BUCKET}, e.key, e.reason, e.before, m.metadata, false
    FROM pg_temp.evaluated_signal e
    LEFT JOIN ${BY_CLAIMS} ON m.channel_id = e.channel_id AND m.claims = e.claims
    CROSS JOIN LATERAL (SELECT sha256(e.key) AS digest) h
   WHERE e.before IS DISTINCT FROM m.metadata`;

/**
 * Evaluates the affected signals as they stand before log index `to`, at tick time `now`, by the same `evaluateClaims` that
 * replays use, and leaves those whose record changed in `changed_record`.
 */
export async function evaluateSignals(tx: Tx, to: number, now: number): Promise<void> {
  const members = await loadMembers(tx);
  await tx.query(KEEP_FRESH, await metadataOf(tx, FIRST_CLAIMS, members));
  await tx.query(EVALUATE, [to, now]);
  await tx.query(KEEP_CHANGED, await metadataOf(tx, EVALUATED_CLAIMS, members));
}

interface DistinctClaims {
  channelId: number;
  corroboration: number;
  claims: string;
}

/** Metadata of the distinct claims that a query names: the columns of `BY_CLAIMS`. */
async function metadataOf(tx: Tx, claimsQuery: string, members: MemberFacts): Promise<unknown[]> {
  const distinct = await tx.query<DistinctClaims>(claimsQuery);
  const metadata = distinct.map(({ claims, corroboration }) =>
    Buffer.from(encodeMetadata(evaluateClaims(readClaims(claims, members), corroboration)!)),
  );
  return [distinct.map((row) => row.channelId), distinct.map((row) => row.claims), metadata];
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
