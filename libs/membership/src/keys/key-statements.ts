import { requestRevocationFromItself, requestStatement } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import type { KeyPurpose, PublicJwk, RevocationReason } from '#libs/protocol';
import { lockMember } from '../lock-member.js';

const ACTOR = 'system:worker';

/** Rows looked at in one round. */
const MOST = 256;

/** Asks for the statements that the lives of keys call for, and takes back what nobody proved. Doing it twice, or in several processes at once, asks once. */
export class KeyStatements {
  constructor(private readonly database: Database) {}

  /** Does what is due now. */
  async sweep(): Promise<void> {
    await this.database.transaction('state-registered-keys', ACTOR, stateRegistered);
    await this.database.transaction('state-revoked-keys', ACTOR, stateRevoked);
    await this.database.transaction('withdraw-unproved-keys', ACTOR, withdrawUnproved);
    const due = await this.database.read('find-retiring-keys', ACTOR, findOver);
    for (const key of due) {
      await this.database.transaction('retire-key', ACTOR, (tx) => endOverlap(tx, key));
    }
  }
}

/** A key may be revoked between its completion and its statement: it is stated all the same, so that the revocation can be. */
async function stateRegistered(tx: Tx): Promise<void> {
  const keys = await tx.query<{ member: string; purpose: KeyPurpose; key: string; jwk: string }>(
    `SELECT m.handle AS member, k.purpose, k.thumbprint AS key, k.jwk
       FROM cairn.key_registration r JOIN cairn.member_key k ON k.id = r.key_id JOIN cairn.member m ON m.id = k.member_id
      WHERE r.completed_at IS NOT NULL AND k.added_index IS NULL AND k.state <> 'withdrawn' AND ${unasked('key')}
      ORDER BY k.id LIMIT ${MOST}`,
  );
  for (const { member, purpose, key, jwk } of keys) await stateKey(tx, { member, purpose, key, jwk });
}

/** Asks for the statement of a key. */
export async function stateKey(
  tx: Tx,
  { jwk, ...rest }: { member: string; purpose: KeyPurpose; key: string; jwk: string },
): Promise<void> {
  const body = { kind: 'key', ...rest, jwk: JSON.parse(jwk) as PublicJwk } as const;
  await requestStatement(tx, `key:${rest.key}`, body);
}

async function stateRevoked(tx: Tx): Promise<void> {
  const keys = await tx.query<{ member: string; key: string; reason: RevocationReason; since: Date | null }>(
    `SELECT m.handle AS member, k.thumbprint AS key, k.end_reason AS reason, k.end_since AS since
       FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
      WHERE k.state = 'revoked' AND k.revoked_index IS NULL AND ${unasked('key_revoked')}
      ORDER BY k.id LIMIT ${MOST}`,
  );
  for (const { member, key, reason, since } of keys) {
    const body = { kind: 'key_revoked', member, key, reason } as const;
    if (since === null) await requestRevocationFromItself(tx, `key_revoked:${key}`, body);
    else await requestStatement(tx, `key_revoked:${key}`, { ...body, from: await firstReceived(tx, since) });
  }
}

/**
 * The first log index whose submission, of whatever member, the hub received at `since` or later; the end of the log when none has been
 * logged. No submission of the revoked key that was received from `since` on lies before it: each has been logged, and then counts in the
 * minimum, or will be at or behind the end that the same snapshot shows, for after the revocation none is received. That all members'
 * submissions count keeps secret which of them are the revoked key's.
 */
async function firstReceived(tx: Tx, since: Date): Promise<number> {
  const [row] = await tx.query<{ from: number }>(
    `SELECT least(l.size, (SELECT min(s.log_index) FROM cairn.submission s WHERE s.received_at >= $1))::float8 AS "from"
       FROM cairn.log l WHERE l.feed IS NULL`,
    [since],
  );
  return row!.from;
}

function unasked(kind: 'key' | 'key_revoked'): string {
  return `NOT EXISTS (SELECT FROM cairn.pending_statement p WHERE p.dedup_key = '${kind}:' || k.thumbprint)`;
}

/** For an hour a member can still ask for another challenge. */
async function withdrawUnproved(tx: Tx): Promise<void> {
  await tx.query(
    `UPDATE cairn.member_key k SET state = 'withdrawn' FROM cairn.key_registration r
      WHERE r.key_id = k.id AND k.state = 'pending' AND r.proved_at IS NULL AND r.nonce_expires_at <= now() - interval '1 hour'`,
  );
}

interface OverKey {
  id: number;
  memberId: number;
  member: string;
  key: string;
}

/** A key whose overlap is over, or that has not been in its member's JWK Set for a day. */
const OVER = `((k.state = 'retiring' AND k.overlap_ends_at <= now())
  OR (k.state = 'active' AND k.route = 'key_set' AND k.unlisted_at <= now() - interval '24 hours'))`;

function findOver(tx: Tx): Promise<OverKey[]> {
  return tx.query<OverKey>(
    `SELECT k.id, k.member_id AS "memberId", m.handle AS member, k.thumbprint AS key
       FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
      WHERE ${OVER} ORDER BY k.id LIMIT ${MOST}`,
  );
}

/** What was received in time is logged before the key ends: its place behind the revocation would take its effect away. */
async function endOverlap(tx: Tx, { id, memberId, member, key }: OverKey): Promise<void> {
  await lockMember(tx, memberId);
  const ended = await tx.query(
    `UPDATE cairn.member_key k SET state = 'retired', end_reason = 'retired'
      WHERE k.id = $1 AND ${OVER}
        AND NOT EXISTS (SELECT FROM cairn.submission s WHERE s.key_id = k.id AND s.state <> 'sequenced') RETURNING 1`,
    [id],
  );
  if (ended.length === 0) return;
  const body = { kind: 'key_revoked', member, key, reason: 'retired' } as const;
  await requestRevocationFromItself(tx, `key_revoked:${key}`, body);
}
