import { notify, type Actor, type Database, type Tx } from '#libs/platform';
import { refused, type AdministrationResult } from '../administration-result.js';
import { lockMemberNamed } from '../lock-member.js';
import type { KeyName } from './key-registrations.js';
import { KEYS_CHANNEL } from './keys-channel.js';

/** Days for which a retiring key still stands beside its successor: least, unless told otherwise, and most. */
const OVERLAP_DAYS = { least: 7, most: 90 };

export type KeyState = 'pending' | 'active' | 'retiring' | 'retired' | 'revoked';

export interface RevokeKey extends KeyName {
  /** `compromised`: others may have it, `since` is needed. `lost`: nobody has it any more. */
  readonly reason: 'compromised' | 'lost';
  /**
   * Earliest moment at which others may have had the key: what the hub received from then on is void. Null for a lost key: nothing
   * that was logged is void.
   */
  readonly since: Date | null;
}

interface KeyRow {
  id: number;
  state: KeyState;
  route: string;
  complete: boolean;
}

const NOT_A_KEY = refused('NOT_FOUND', 'key', 'is not a key of this member');

/** What becomes of registered keys. What is said here holds at once at every door; the statement follows (`KeyStatements`). */
export class KeyLifecycle {
  constructor(private readonly database: Database) {}

  /**
   * Retires an active key: a signing key signs for manifests with `iat` until now and these are taken until the overlap ends; an auth key
   * authenticates until then. It vouches for no other key any more. Nothing it signed becomes void.
   *
   * @param overlapDays 7 to 90; 7 unless given.
   */
  async retire(
    actor: Actor,
    { member, key, overlapDays = OVERLAP_DAYS.least }: KeyName & { overlapDays?: number },
  ): Promise<AdministrationResult<{ overlapEndsAt: Date }>> {
    const { least, most } = OVERLAP_DAYS;
    if (!Number.isInteger(overlapDays) || overlapDays < least || overlapDays > most)
      return refused('BAD_INPUT', 'overlapDays', `must be an integer from ${least} to ${most}`);
    return this.database.transaction('retire-key', actor, async (tx) => {
      const row = await findKeyRow(tx, member, key);
      if (row === null) return NOT_A_KEY;
      if (row.state !== 'active') return refused('NOT_ALLOWED', 'key', `must be active, not ${row.state}`);
      if (row.route === 'key_set')
        return refused('NOT_ALLOWED', 'key', "is retired by taking it out of the member's JWK Set");
      const [retiring] = await tx.query<{ overlapEndsAt: Date }>(
        `UPDATE cairn.member_key SET state = 'retiring', not_after = date_trunc('second', now()),
                overlap_ends_at = date_trunc('second', now()) + make_interval(hours => 24 * $2)
          WHERE id = $1 RETURNING overlap_ends_at AS "overlapEndsAt"`,
        [row.id, overlapDays],
      );
      return { ok: true, overlapEndsAt: retiring!.overlapEndsAt };
    });
  }

  /** Revokes a key, once and for good: nothing that it signs is received from now on. */
  async revoke(actor: Actor, { member, key, reason, since }: RevokeKey): Promise<AdministrationResult> {
    if (reason === 'compromised' && since === null)
      return refused(
        'BAD_INPUT',
        'since',
        'must be the earliest moment at which others may have had the key',
      );
    if (reason === 'lost' && since !== null)
      return refused('BAD_INPUT', 'since', 'must be left out for a lost key: nobody else has had it');
    return this.database.transaction('end-key', actor, async (tx) => {
      const row = await findKeyRow(tx, member, key);
      if (row === null) return NOT_A_KEY;
      if (!['active', 'retiring'].includes(row.state) && !(row.state === 'pending' && row.complete)) {
        const rule =
          row.state === 'pending' ? 'is not registered yet: withdraw it' : `is ${row.state} already`;
        return refused('NOT_ALLOWED', 'key', rule);
      }
      if (since !== null && (await liesAhead(tx, since)))
        return refused('BAD_INPUT', 'since', 'must not lie in the future');
      await tx.query(
        `UPDATE cairn.member_key SET state = 'revoked', end_reason = $2, end_since = $3 WHERE id = $1`,
        [row.id, reason, since],
      );
      await notify(tx, KEYS_CHANNEL);
      return { ok: true };
    });
  }
}

async function findKeyRow(tx: Tx, member: string, key: string): Promise<KeyRow | null> {
  // Whatever is received with the key is received wholly before this or refused after it.
  await lockMemberNamed(tx, member);
  const [row] = await tx.query<KeyRow>(
    `SELECT k.id, k.state, k.route, (k.route IN ('operator', 'key_set') OR r.completed_at IS NOT NULL) AS complete
       FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
       LEFT JOIN cairn.key_registration r ON r.key_id = k.id
      WHERE m.handle = $1 AND k.thumbprint = $2 AND k.state <> 'withdrawn'`,
    [member, key],
  );
  return row ?? null;
}

async function liesAhead(tx: Tx, moment: Date): Promise<boolean> {
  const [row] = await tx.query<{ ahead: boolean }>('SELECT $1::timestamptz > clock_timestamp() AS ahead', [
    moment,
  ]);
  return row!.ahead;
}

/** One move of a key. */
export interface KeyEvent {
  key: string;
  from: KeyState | null;
  to: KeyState | 'withdrawn';
  actor: string;
  at: Date;
}

/** Every move of every key of a member, oldest first. */
export async function keyHistory(tx: Tx, member: string): Promise<KeyEvent[]> {
  return tx.query<KeyEvent>(
    `SELECT k.thumbprint AS key, e.from_state AS "from", e.to_state AS "to", e.actor, e.at
       FROM cairn.key_event e JOIN cairn.member_key k ON k.id = e.key_id JOIN cairn.member m ON m.id = k.member_id
      WHERE m.handle = $1 ORDER BY e.id`,
    [member],
  );
}
