import type { PublicKeyRecord } from '#libs/keys';
import type { Tx } from '#libs/platform';
import type { KeyPurpose } from '#libs/protocol';
import { lockMember } from '../lock-member.js';
import { stateKey } from './key-statements.js';

/** New keys that a set may bring in a day: each is a statement in the log for ever. */
const MOST_NEW_A_DAY = 16;

/** Why a well-formed set, or a key in it, is not taken as its member's. */
export type KeySetRefusal = 'URL_CHANGED' | 'KEY_OF_ANOTHER' | 'SIGNING_KEY' | 'TOO_MANY_NEW_KEYS';

/** What came of a set. */
export interface AppliedKeySet {
  /** Whether the set counts as read. */
  readonly taken: boolean;
  readonly added: number;
  readonly failure: KeySetRefusal | null;
}

interface KnownKey {
  memberId: number;
  purpose: KeyPurpose;
  thumbprint: string;
}

/**
 * Takes what a JWK Set says. A key of another member, or one for signing, is left out and the rest is taken: otherwise whoever registers a
 * key that it saw in another member's set would take all keys of that set away. A key that the member uploaded is left as it is, and so is
 * one that was revoked or retired: no set brings it back.
 */
export async function applyKeySet(
  tx: Tx,
  { memberId, member, url }: { memberId: number; member: string; url: string },
  keys: readonly PublicKeyRecord[],
): Promise<AppliedKeySet> {
  await lockMember(tx, memberId);
  const current = 'SELECT 1 FROM cairn.member_key_set WHERE member_id = $1 AND url = $2';
  if ((await tx.query(current, [memberId, url])).length === 0) return refuseSet('URL_CHANGED');
  const thumbprints = keys.map((key) => key.kid);
  const known = await tx.query<KnownKey>(
    `SELECT member_id AS "memberId", purpose, thumbprint FROM cairn.member_key
      WHERE thumbprint = ANY ($1) AND state <> 'withdrawn'`,
    [thumbprints],
  );
  const fresh = keys.filter(({ kid }) => !known.some((key) => key.thumbprint === kid));
  if (fresh.length + (await newToday(tx, memberId)) > MOST_NEW_A_DAY) return refuseSet('TOO_MANY_NEW_KEYS');
  let added = 0;
  for (const { kid: key, jwk } of fresh) {
    if (!(await addKey(tx, memberId, key, jwk))) continue;
    await stateKey(tx, { member, purpose: 'auth', key, jwk });
    added += 1;
  }
  await markListed(tx, memberId, thumbprints);
  const foreign = added < fresh.length || known.some((key) => key.memberId !== memberId);
  const signing = known.some((key) => key.purpose !== 'auth');
  return { taken: true, added, failure: foreign ? 'KEY_OF_ANOTHER' : signing ? 'SIGNING_KEY' : null };
}

function refuseSet(failure: KeySetRefusal): AppliedKeySet {
  return { taken: false, added: 0, failure };
}

async function newToday(tx: Tx, memberId: number): Promise<number> {
  const [row] = await tx.query<{ keys: number }>(
    `SELECT count(*)::integer AS keys FROM cairn.member_key
      WHERE member_id = $1 AND route = 'key_set' AND created_at > now() - interval '24 hours'`,
    [memberId],
  );
  return row!.keys;
}

/** False when somebody else registered the same key just now. */
async function addKey(tx: Tx, memberId: number, thumbprint: string, jwk: string): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO cairn.member_key (member_id, purpose, thumbprint, jwk, route) VALUES ($1, 'auth', $2, $3, 'key_set')
      ON CONFLICT (thumbprint) WHERE state <> 'withdrawn' DO NOTHING RETURNING 1`,
    [memberId, thumbprint, jwk],
  );
  return rows.length === 1;
}

async function markListed(tx: Tx, memberId: number, thumbprints: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE cairn.member_key SET unlisted_at = CASE WHEN thumbprint = ANY ($2) THEN NULL ELSE now() END
      WHERE member_id = $1 AND route = 'key_set' AND state IN ('pending', 'active')
        AND (thumbprint = ANY ($2)) = (unlisted_at IS NOT NULL)`,
    [memberId, thumbprints],
  );
}

/** Keys of a set that was removed are listed nowhere. */
export async function unlistRemovedSets(tx: Tx): Promise<void> {
  await tx.query(
    `UPDATE cairn.member_key k SET unlisted_at = now() FROM cairn.member_key_set s
      WHERE s.member_id = k.member_id AND s.url IS NULL AND k.route = 'key_set' AND k.state IN ('pending', 'active')
        AND k.unlisted_at IS NULL`,
  );
}
