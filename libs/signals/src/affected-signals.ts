import type { Tx } from '#libs/platform';
import { REMOVAL_REASON } from '#libs/protocol';

const INTO_AFFECTED = `INSERT INTO pg_temp.affected_signal (signal_id, channel_id, reason, log_index, line)`;

/** A standing claim, as a row of `cairn.entry`, in the form that claims are evaluated from: see `evaluate-signals`. */
export const CLAIM_TEXT = `concat_ws('|', member_id, named::integer, coalesce(array_to_string(labels, ','), ''),
                                  coalesce(quality::text, ''), coalesce(expires::text, ''))`;

/**
 * Signals that submissions with log index in [from, to) are about. An operation that ends its author's claim gives a reason: a
 * retraction, or an assertion that has expired at tick time `now` already.
 */
export async function affectedBySubmissions(tx: Tx, from: number, to: number, now: number): Promise<void> {
  await tx.query(
    `INSERT INTO pg_temp.affected_signal (signal_id, channel_id, reason, log_index, line, first_claim)
      SELECT signal_id, channel_id,
             CASE WHEN reason IS NOT NULL THEN reason
                  WHEN expires * 86400000::bigint <= $3 THEN $4::smallint ELSE 0 END, log_index, line,
             CASE WHEN prev IS NULL AND operation = 1 AND (expires IS NULL OR expires * 86400000::bigint > $3)
                  THEN ${CLAIM_TEXT} END
        FROM cairn.entry WHERE log_index >= $1 AND log_index < $2 AND effect = 0`,
    [from, to, now, REMOVAL_REASON.expired],
  );
}

/** Signals with a claim, logged before `index`, whose day began after `before` and not after `now` (Unix milliseconds). */
export async function affectedByTick(tx: Tx, before: number, now: number, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT signal_id, channel_id, $4::smallint, $3::bigint, 0::smallint FROM cairn.entry
       WHERE expires IS NOT NULL AND expires * 86400000::bigint > $1 AND expires * 86400000::bigint <= $2
         AND effect = 0 AND log_index < $3`,
    [before, now, index, REMOVAL_REASON.expired],
  );
}

/**
 * Voids what a revoked key signed at log indexes from `from` to, not including, `before`; names the signals. A revocation is public and
 * names the member, so on claims that were all anonymous its reason would name their author: there it is the one that says least.
 */
export async function voidOperations(
  tx: Tx,
  thumbprint: string,
  from: number,
  before: number,
): Promise<void> {
  const byKey = `cairn.member_key k WHERE k.thumbprint = $1 AND k.state <> 'withdrawn' AND e.key_id = k.id`;
  await voidEntries(tx, byKey, [thumbprint, from, before, REMOVAL_REASON.key_compromised]);
}

/** Voids what a member said at log indexes from `from` to, not including, `before`; names the signals. As for a key, its reason may be hidden. */
export async function recallOperations(tx: Tx, member: string, from: number, before: number): Promise<void> {
  const byMember = 'cairn.member m WHERE m.handle = $1 AND e.member_id = m.id';
  await voidEntries(tx, byMember, [member, from, before, REMOVAL_REASON.recalled]);
}

async function voidEntries(
  tx: Tx,
  source: string,
  parameters: [subject: string, from: number, before: number, reason: number],
): Promise<void> {
  await tx.query(
    `WITH voided AS (
       UPDATE cairn.entry e SET void = true FROM ${source} AND e.log_index >= $2 AND e.log_index < $3 AND e.effect = 0
       RETURNING e.signal_id, e.channel_id, e.named)
     ${INTO_AFFECTED}
      SELECT signal_id, channel_id, CASE WHEN bool_or(named) THEN $4::smallint ELSE $5::smallint END, $3::bigint, 0::smallint
        FROM voided GROUP BY signal_id, channel_id`,
    [...parameters, REMOVAL_REASON.withdrawn],
  );
}

/** Every signal that a member has had an effective operation on before `index`. */
export async function affectedByMember(tx: Tx, member: string, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT e.signal_id, e.channel_id, 0::smallint, $2::bigint, 0::smallint FROM cairn.entry e JOIN cairn.member m ON m.id = e.member_id
       WHERE m.handle = $1 AND e.log_index < $2 AND e.effect = 0`,
    [member, index],
  );
}

/** Every signal of a channel with an effective operation before `index`. */
export async function affectedByPolicy(tx: Tx, channel: string, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT e.signal_id, e.channel_id, 0::smallint, $2::bigint, 0::smallint FROM cairn.entry e JOIN cairn.channel c ON c.id = e.channel_id
       WHERE c.name = $1 AND e.log_index < $2 AND e.effect = 0`,
    [channel, index],
  );
}
