import { readStoredPublicKey, verifyKeyProof, type PublicKeyRecord } from '#libs/keys';
import type { Tx } from '#libs/platform';
import { refused, type AdministrationFailure } from '../administration-result.js';
import type { OpenRegistration } from './key-registration-rows.js';

export interface KeyProofs {
  /** By the new key. */
  readonly proof: string;
  /** By an active key of the same purpose; null where the member has none. */
  readonly witnessProof: string | null;
}

export type CheckedProofs =
  | { readonly ok: true; readonly witnessId: number | null; readonly witnessProof: string | null }
  | AdministrationFailure;

/** Checks the proofs of a registration against its challenge (docs/protocol-keys.md §5). The member is locked. */
export async function checkKeyProofs(
  tx: Tx,
  origin: string,
  open: OpenRegistration,
  { proof, witnessProof }: KeyProofs,
): Promise<CheckedProofs> {
  if (open.provedAt !== null)
    return refused('NOT_ALLOWED', 'key', 'is proved already: a challenge counts once');
  const now = await databaseNow(tx);
  if (open.nonceExpiresAt.getTime() <= now * 1000)
    return refused('NOT_ALLOWED', 'key', 'has a challenge that has expired: ask for another');
  const { member: iss, nonce, purpose, record } = open;
  const subject = { iss, aud: origin, nonce, jkt: record.kid, purpose };
  const own = await verifyKeyProof({ proof, subject, keys: [record], now });
  if (!own.ok) return refused('BAD_INPUT', 'proof', own.rule);
  if (open.route === 'ceremony') return { ok: true, witnessId: null, witnessProof: null };
  if (witnessProof === null)
    return refused('BAD_INPUT', 'witnessProof', 'must be made by an active key of the same purpose');
  const witnesses = await findWitnesses(tx, open);
  const keys = [...witnesses.values()];
  const vouched = await verifyKeyProof({ proof: witnessProof, subject, keys, now });
  if (!vouched.ok) return refused('BAD_INPUT', 'witnessProof', vouched.rule);
  const [witnessId] = [...witnesses].find(([, key]) => key === vouched.key)!;
  return { ok: true, witnessId, witnessProof };
}

/** The uploaded keys of the same purpose that are active: one that retires vouches for none. */
async function findWitnesses(
  tx: Tx,
  { memberId, purpose }: OpenRegistration,
): Promise<Map<number, PublicKeyRecord>> {
  const rows = await tx.query<{ id: number; jwk: string }>(
    `SELECT id, jwk FROM cairn.member_key
      WHERE member_id = $1 AND purpose = $2 AND state = 'active' AND route <> 'key_set'`,
    [memberId, purpose],
  );
  return new Map(rows.map(({ id, jwk }) => [id, readStoredPublicKey(jwk)]));
}

/** The transaction's time by the database's clock, seconds since 1970: what the database's own rules go by too. */
async function databaseNow(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ now: number }>('SELECT extract(epoch FROM now())::float8 AS now');
  return row!.now;
}
