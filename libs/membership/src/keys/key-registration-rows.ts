import { keyFingerprint, readStoredPublicKey, type PublicKeyRecord } from '#libs/keys';
import type { Tx } from '#libs/platform';
import type { KeyPurpose } from '#libs/protocol';

/** How an uploaded key is registered: confirmed by two staff, or vouched for by an active key. */
export type KeyRoute = 'ceremony' | 'rotation';

/** A key that waits to be registered. */
export interface OpenRegistration {
  keyId: number;
  memberId: number;
  member: string;
  purpose: KeyPurpose;
  record: PublicKeyRecord;
  /** As people read it aloud. */
  fingerprint: string;
  route: KeyRoute;
  requestedBy: string;
  nonce: string;
  nonceExpiresAt: Date;
  /** When it was shown that the member holds the key, or null. */
  provedAt: Date | null;
  /** The staff person who confirmed it first, or null. */
  firstConfirmer: number | null;
  /** When everything was there, or null; after that it waits for its statement alone. */
  completedAt: Date | null;
}

type Row = Omit<OpenRegistration, 'record' | 'fingerprint'> & { jwk: string };

const OPEN = `SELECT k.id AS "keyId", k.member_id AS "memberId", m.handle AS member, k.purpose, k.jwk, r.route,
    r.requested_by AS "requestedBy", r.nonce, r.nonce_expires_at AS "nonceExpiresAt", r.proved_at AS "provedAt",
    r.first_confirmer AS "firstConfirmer", r.completed_at AS "completedAt"
  FROM cairn.member_key k JOIN cairn.key_registration r ON r.key_id = k.id JOIN cairn.member m ON m.id = k.member_id
 WHERE k.state = 'pending'`;

/** Registrations that are not through: of one member, or of all when `member` is null. */
export async function openRegistrations(tx: Tx, member: string | null): Promise<OpenRegistration[]> {
  const rows = await tx.query<Row>(`${OPEN} AND ($1::text IS NULL OR m.handle = $1) ORDER BY k.id`, [member]);
  return rows.map(toRegistration);
}

/** The one of that member with that thumbprint, or null. */
export async function findOpenRegistration(
  tx: Tx,
  member: string,
  key: string,
): Promise<OpenRegistration | null> {
  const [row] = await tx.query<Row>(`${OPEN} AND m.handle = $1 AND k.thumbprint = $2`, [member, key]);
  return row === undefined ? null : toRegistration(row);
}

function toRegistration({ jwk, ...row }: Row): OpenRegistration {
  const record = readStoredPublicKey(jwk);
  return { ...row, record, fingerprint: keyFingerprint(record) };
}
