import type { Tx } from '#libs/platform';
import { REMOVAL_REASON } from '#libs/protocol';

/** A later event says why a signal goes, unless it ended nothing. */
const INTO_AFFECTED = `INSERT INTO pg_temp.affected_signal (signal_id, channel_id, reason)`;
const LATER_REASON = `ON CONFLICT (signal_id, channel_id) DO UPDATE SET reason = excluded.reason WHERE excluded.reason <> 0`;

/**
 * Signals that submissions with log index in [from, to) are about. The last operation that ends its author's claim gives the
 * reason: a retraction, or an assertion that has expired at tick time `now` already.
 */
export async function affectedBySubmissions(tx: Tx, from: number, to: number, now: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT ON (signal_id, channel_id) signal_id, channel_id, ended
        FROM (SELECT *, CASE WHEN reason IS NOT NULL THEN reason
                             WHEN expires * 86400000::bigint <= $3 THEN $4::smallint ELSE 0 END AS ended
                FROM cairn.entry WHERE log_index >= $1 AND log_index < $2 AND effect = 0) e
       ORDER BY signal_id, channel_id, (ended = 0), log_index DESC, line DESC
     ${LATER_REASON}`,
    [from, to, now, REMOVAL_REASON.expired],
  );
}

/** Signals with a claim, logged before `index`, whose day began after `before` and not after `now` (Unix milliseconds). */
export async function affectedByTick(tx: Tx, before: number, now: number, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT signal_id, channel_id, $4::smallint FROM cairn.entry
       WHERE expires IS NOT NULL AND expires * 86400000::bigint > $1 AND expires * 86400000::bigint <= $2
         AND effect = 0 AND log_index < $3
     ${LATER_REASON}`,
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
  await tx.query(
    `WITH voided AS (
       UPDATE cairn.entry e SET void = true FROM cairn.member_key k
        WHERE k.thumbprint = $1 AND e.key_id = k.id AND e.log_index >= $2 AND e.log_index < $3 AND e.effect = 0
       RETURNING e.signal_id, e.channel_id, e.named)
     ${INTO_AFFECTED}
      SELECT signal_id, channel_id, CASE WHEN bool_or(named) THEN $4::smallint ELSE $5::smallint END
        FROM voided GROUP BY signal_id, channel_id
     ${LATER_REASON}`,
    [thumbprint, from, before, REMOVAL_REASON.key_compromised, REMOVAL_REASON.withdrawn],
  );
}

/** Every signal that a member has had an effective operation on before `index`. */
export async function affectedByMember(tx: Tx, member: string, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT e.signal_id, e.channel_id, 0::smallint FROM cairn.entry e JOIN cairn.member m ON m.id = e.member_id
       WHERE m.handle = $1 AND e.log_index < $2 AND e.effect = 0
     ${LATER_REASON}`,
    [member, index],
  );
}

/** Every signal of a channel with an effective operation before `index`. */
export async function affectedByPolicy(tx: Tx, channel: string, index: number): Promise<void> {
  await tx.query(
    `${INTO_AFFECTED}
      SELECT DISTINCT e.signal_id, e.channel_id, 0::smallint FROM cairn.entry e JOIN cairn.channel c ON c.id = e.channel_id
       WHERE c.name = $1 AND e.log_index < $2 AND e.effect = 0
     ${LATER_REASON}`,
    [channel, index],
  );
}
