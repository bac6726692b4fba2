import type { Tx } from '#libs/platform';
import { readStoredPublicKey, type PublicKeyRecord } from '#libs/keys';
import type { ChannelPolicy, KeyPurpose, MemberStatus } from '#libs/protocol';

/** A registered key with its standing at this moment. */
export interface MemberKey {
  id: number;
  memberId: number;
  member: string;
  group: string;
  /** As in {@link MemberStanding}. */
  memberStatus: MemberStatus;
  record: PublicKeyRecord;
  /**
   * Whether it stands for its member at this moment: logged, neither revoked nor retired, and if it came with a JWK Set, listed there.
   */
  active: boolean;
  /** Of a signing key that is being retired: latest `iat` of what it still signs for. */
  notAfter: Date | null;
}

type KeyRow = Omit<MemberKey, 'record'> & { jwk: string };

/**
 * Whether the key `k` stands for its member at this moment. Read anew for each request and kept nowhere, so that a revocation acts at once in
 * every process. A JWK Set that could not be read for a day counts no more.
 */
export const KEY_STANDS = `((k.state = 'active' OR (k.state = 'retiring' AND k.overlap_ends_at > now()))
  AND (k.route <> 'key_set' OR (k.unlisted_at IS NULL AND EXISTS (SELECT FROM cairn.member_key_set s
    WHERE s.member_id = k.member_id AND s.fetched_at > now() - interval '24 hours'))))`;

const KEY_COLUMNS = `k.id, k.member_id AS "memberId", m.handle AS member, m.control_group AS "group",
  m.standing AS "memberStatus", k.jwk, ${KEY_STANDS} AS active, k.not_after AS "notAfter"`;

/** The key with that thumbprint, if it is registered for that purpose. */
export async function findKey(tx: Tx, purpose: KeyPurpose, thumbprint: string): Promise<MemberKey | null> {
  const [key] = await tx.query<KeyRow>(
    `SELECT ${KEY_COLUMNS} FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
      WHERE k.purpose = $1 AND k.thumbprint = $2 AND k.state <> 'withdrawn'`,
    [purpose, thumbprint],
  );
  return key === undefined ? null : toKey(key);
}

/** Keys that stand for a member for a purpose; none unless the member is active. */
export async function activeKeys(tx: Tx, member: string, purpose: KeyPurpose): Promise<MemberKey[]> {
  const rows = await tx.query<KeyRow>(
    `SELECT ${KEY_COLUMNS} FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
      WHERE m.handle = $1 AND k.purpose = $2 AND m.standing IN ('active', 'probation')
        AND ${KEY_STANDS}
      ORDER BY k.id`,
    [member, purpose],
  );
  return rows.map(toKey);
}

function toKey({ jwk, ...row }: KeyRow): MemberKey {
  return { ...row, record: readStoredPublicKey(jwk) };
}

/** A member as it stands now. */
export interface MemberStanding {
  id: number;
  member: string;
  name: string;
  kind: string;
  group: string;
  accredited: boolean;
  /** Suspended or expelled from when that was asked for; back when that has been logged. */
  status: MemberStatus;
}

/** The member of that name, once admitted. */
export async function findStanding(tx: Tx, member: string): Promise<MemberStanding | null> {
  const [row] = await tx.query<MemberStanding>(
    `SELECT id, handle AS member, name, kind, control_group AS "group", accredited, standing AS status
       FROM cairn.member WHERE handle = $1 AND admitted_index IS NOT NULL`,
    [member],
  );
  return row ?? null;
}

/** A channel with the rights of one member on it. */
export interface ChannelAccess {
  id: number;
  channel: string;
  policy: ChannelPolicy;
  submit: boolean;
  receive: boolean;
}

const ACCESS = `SELECT c.id, c.name AS channel, c.policy, coalesce(r.submit, false) AS submit,
    coalesce(r.receive, false) AS receive
  FROM cairn.channel c LEFT JOIN cairn.channel_right r ON r.channel_id = c.id AND r.member_id = $1
 WHERE c.since_index IS NOT NULL`;

/** A channel and what the member may do in it; null when there is none of that name. */
export async function findChannelAccess(
  tx: Tx,
  memberId: number,
  channel: string,
): Promise<ChannelAccess | null> {
  const [row] = await tx.query<ChannelAccess>(`${ACCESS} AND c.name = $2`, [memberId, channel]);
  return row ?? null;
}

/** The channels on which a member has a right, by name. */
export async function channelsOf(tx: Tx, memberId: number): Promise<ChannelAccess[]> {
  return tx.query<ChannelAccess>(`${ACCESS} AND (r.submit OR r.receive) ORDER BY c.name`, [memberId]);
}
