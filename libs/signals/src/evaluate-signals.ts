import type { Tx } from '#libs/platform';
import { encodeMetadata, evaluateClaims, type StandingClaim } from '#libs/protocol';

/**
 * Each affected signal with the standing claims of its members as one text: most signals of a step share it, so it is evaluated
 * once. `latest` is each member's last operation that is not void.
 */
const EVALUATE = `
  WITH latest AS (
    SELECT DISTINCT ON (e.signal_id, e.channel_id, e.member_id)
           e.signal_id, e.channel_id, e.member_id, e.operation, e.named, e.labels, e.quality, e.expires
      FROM pg_temp.affected_signal a JOIN cairn.entry e ON e.signal_id = a.signal_id AND e.channel_id = a.channel_id
     WHERE e.effect = 0 AND NOT e.void AND e.log_index < $1
     ORDER BY e.signal_id, e.channel_id, e.member_id, e.log_index DESC, e.line DESC
  ), standing AS (
    SELECT signal_id, channel_id,
           string_agg(concat_ws('|', member_id, named::integer, coalesce(array_to_string(labels, ','), ''),
                                coalesce(quality::text, ''), coalesce(expires::text, '')), ';' ORDER BY member_id) AS claims
      FROM latest WHERE operation = 1 AND (expires IS NULL OR expires * 86400000::bigint > $2)
     GROUP BY signal_id, channel_id
  )
  INSERT INTO pg_temp.evaluated_signal (signal_id, channel_id, type_code, key, reason, before, claims)
  SELECT a.signal_id, a.channel_id, g.type_code, g.key, a.reason, r.metadata, s.claims
    FROM pg_temp.affected_signal a
    JOIN cairn.signal g ON g.id = a.signal_id
    LEFT JOIN cairn.record r ON r.signal_id = a.signal_id AND r.channel_id = a.channel_id
    LEFT JOIN standing s ON s.signal_id = a.signal_id AND s.channel_id = a.channel_id`;

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
       FROM pg_temp.evaluated_signal e JOIN cairn.channel c ON c.id = e.channel_id
      WHERE e.claims IS NOT NULL GROUP BY 1, 2, 3`,
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

type MemberFacts = ReadonlyMap<number, { group: string; accredited: boolean }>;

async function loadMembers(tx: Tx): Promise<MemberFacts> {
  const rows = await tx.query<{ id: number; group: string; accredited: boolean }>(
    'SELECT id, control_group AS "group", accredited FROM cairn.member',
  );
  return new Map(rows.map(({ id, group, accredited }) => [id, { group, accredited }]));
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
