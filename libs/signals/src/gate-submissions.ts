import type { Tx } from '#libs/platform';
import { SIGNAL_TYPES } from '#libs/protocol';
import { effectCode } from './effects.js';

/** In the order in which they are looked at: the first that is shut gives the effect. */
const GATES = ['member_not_active', 'key_not_active', 'no_right_to_submit'] as const;

/**
 * Applies what depends on order to the submissions with log index in [from, to): was the member active, the key good, the right
 * given at that place. All statements before `from` have been applied and none in the range is anything but a submission.
 * Entries without effect keep their row and say why.
 */
export async function gateSubmissions(tx: Tx, from: number, to: number): Promise<void> {
  const gated = await tx.query<{ logIndex: string; effect: number }>(
    `SELECT log_index::text AS "logIndex", effect FROM (
       SELECT s.log_index,
              CASE WHEN m.status NOT IN ('active', 'probation') THEN $3::smallint
                   WHEN k.added_index IS NULL OR k.revoked_index IS NOT NULL OR k.purpose <> 'signing' THEN $4::smallint
                   WHEN NOT coalesce(r.submit, false) THEN $5::smallint ELSE 0 END AS effect
         FROM cairn.submission s
         JOIN cairn.member m ON m.id = s.member_id
         JOIN cairn.member_key k ON k.id = s.key_id
         LEFT JOIN cairn.channel_right r ON r.channel_id = s.channel_id AND r.member_id = s.member_id
        WHERE s.log_index >= $1 AND s.log_index < $2) g
      WHERE effect <> 0`,
    [from, to, ...GATES.map(effectCode)],
  );
  if (gated.length > 0) {
    await tx.query(
      `UPDATE cairn.entry e SET effect = g.effect FROM unnest($1::bigint[], $2::smallint[]) AS g (log_index, effect)
        WHERE e.log_index = g.log_index AND e.effect = 0`,
      [gated.map((row) => row.logIndex), gated.map((row) => row.effect)],
    );
  }
  await gateTypes(tx, from, to);
}

/** Only a channel that once took a type away can hold entries, decided before, of a type it does not allow any more. */
async function gateTypes(tx: Tx, from: number, to: number): Promise<void> {
  const narrowed = await tx.query<{ id: number; types: string[] }>(
    `SELECT id, policy -> 'types' AS types FROM cairn.channel WHERE narrowed`,
  );
  for (const { id, types } of narrowed) {
    const allowed = SIGNAL_TYPES.filter((type) => types.includes(type.name)).map((type) => type.code);
    await tx.query(
      `UPDATE cairn.entry e SET effect = $5 FROM cairn.signal s
        WHERE e.log_index >= $1 AND e.log_index < $2 AND e.effect = 0 AND e.channel_id = $3
          AND s.id = e.signal_id AND NOT s.type_code = ANY ($4::smallint[])`,
      [from, to, id, allowed, effectCode('type_not_in_channel')],
    );
  }
}
