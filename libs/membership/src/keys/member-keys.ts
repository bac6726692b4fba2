import { keyFingerprint, readStoredPublicKey } from '#libs/keys';
import type { Tx } from '#libs/platform';
import type { KeyPurpose, RevocationReason } from '#libs/protocol';
import type { KeyEvent, KeyState } from './key-lifecycle.js';
import type { KeyRoute } from './key-registration-rows.js';

/** Withdrawn keys that are shown, the latest ones: whoever uploads and withdraws for ever fills no answer. */
const MOST_WITHDRAWN = 32;

/** How far the registration of an uploaded key has come. The nonce is shown to nobody a second time. */
export interface RegistrationStanding {
  readonly challengeExpiresAt: Date;
  /** When it was shown that the member holds the key, or null. */
  readonly provedAt: Date | null;
  /** Staff who have confirmed the fingerprint: 0 to 2; always 0 where an active key vouches. */
  readonly confirmations: number;
}

/** A key of a member, with all that was done to it. */
export interface MemberKeyRecord {
  readonly thumbprint: string;
  readonly fingerprint: string;
  readonly purpose: KeyPurpose;
  readonly state: KeyState | 'withdrawn';
  readonly route: KeyRoute | 'operator' | 'key_set';
  readonly createdAt: Date;
  /** Of a key that retires or retired: latest `iat` of a manifest that it signs for. */
  readonly notAfter: Date | null;
  readonly overlapEndsAt: Date | null;
  /** Since when the member's JWK Set does not hold it any more, or null. */
  readonly unlistedAt: Date | null;
  readonly endReason: RevocationReason | null;
  /** When it was retired, revoked or withdrawn, or null. */
  readonly endedAt: Date | null;
  /** Moment from which a revocation voids what was received, or null. */
  readonly endSince: Date | null;
  /** Log index of its `key` statement, or null. */
  readonly addedIndex: number | null;
  /** Log index of its `key_revoked` statement, or null. */
  readonly revokedIndex: number | null;
  /** Every move, oldest first. */
  readonly history: readonly Omit<KeyEvent, 'key'>[];
  /** Of an uploaded key that waits, or null. */
  readonly registration: RegistrationStanding | null;
}

type Row = Omit<MemberKeyRecord, 'fingerprint' | 'endedAt' | 'history' | 'registration'> & {
  id: number;
  jwk: string;
};

const ENDED = ['retired', 'revoked', 'withdrawn'];

type Move = Omit<KeyEvent, 'key'> & { keyId: number };

/** Every key of a member by age, newest first; of the withdrawn ones the latest 32. */
export async function readMemberKeys(tx: Tx, member: string): Promise<MemberKeyRecord[]> {
  const rows = await tx.query<Row>(
    `SELECT k.id, k.thumbprint, k.jwk, k.purpose, k.state, k.route, k.created_at AS "createdAt", k.not_after AS "notAfter",
            k.overlap_ends_at AS "overlapEndsAt", k.unlisted_at AS "unlistedAt", k.end_reason AS "endReason",
            k.end_since AS "endSince", k.added_index::float8 AS "addedIndex", k.revoked_index::float8 AS "revokedIndex"
       FROM (SELECT h.*, row_number() OVER (PARTITION BY h.state ORDER BY h.id DESC) AS place
               FROM cairn.member_key h JOIN cairn.member m ON m.id = h.member_id WHERE m.handle = $1) k
      WHERE k.state <> 'withdrawn' OR k.place <= ${MOST_WITHDRAWN} ORDER BY k.id DESC`,
    [member],
  );
  const ids = rows.map(({ id }) => id);
  const moves = await readMoves(tx, ids);
  const registrations = await readRegistrations(tx, ids);
  return rows.map(({ id, jwk, ...row }) => {
    const history = moves.filter(({ keyId }) => keyId === id).map(toMove);
    const ended = history.find(({ to }) => ENDED.includes(to));
    const registration = registrations.find(({ keyId }) => keyId === id);
    return {
      ...row,
      fingerprint: keyFingerprint(readStoredPublicKey(jwk)),
      endedAt: ended?.at ?? null,
      history,
      registration: registration === undefined ? null : standingOf(registration),
    };
  });
}

async function readMoves(tx: Tx, ids: readonly number[]): Promise<Move[]> {
  return tx.query<Move>(
    `SELECT key_id AS "keyId", from_state AS "from", to_state AS "to", actor, at FROM cairn.key_event
      WHERE key_id = ANY ($1) ORDER BY id`,
    [ids],
  );
}

type OpenRow = RegistrationStanding & { keyId: number };

async function readRegistrations(tx: Tx, ids: readonly number[]): Promise<OpenRow[]> {
  return tx.query<OpenRow>(
    `SELECT r.key_id AS "keyId", r.nonce_expires_at AS "challengeExpiresAt", r.proved_at AS "provedAt",
            num_nonnulls(r.first_confirmer, r.second_confirmer) AS confirmations
       FROM cairn.key_registration r JOIN cairn.member_key k ON k.id = r.key_id
      WHERE r.key_id = ANY ($1) AND k.state = 'pending'`,
    [ids],
  );
}

function toMove({ from, to, actor, at }: Move): Omit<KeyEvent, 'key'> {
  return { from, to, actor, at };
}

function standingOf({ challengeExpiresAt, provedAt, confirmations }: OpenRow): RegistrationStanding {
  return { challengeExpiresAt, provedAt, confirmations };
}
