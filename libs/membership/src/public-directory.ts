import type { Tx } from '#libs/platform';
import type { KeyPurpose, MemberKind, MemberStatus } from '#libs/protocol';

/** A key of a member as the provenance log has it. */
export interface DirectoryKey {
  /** RFC 7638 thumbprint of `jwk`. */
  key: string;
  purpose: KeyPurpose;
  jwk: object;
  /** Index of the statement that registered it, and that statement's time in Unix milliseconds. */
  since: number;
  sinceTime: number;
  /** Index of the statement that revoked it, or null. */
  revoked: number | null;
  /** First index whose operations with this key are void, or null. */
  voidFrom: number | null;
}

/** A member as the provenance log has it. */
export interface DirectoryMember {
  member: string;
  code: number;
  name: string;
  kind: MemberKind;
  group: string;
  accredited: boolean;
  status: MemberStatus;
  /** Index of the statement that admitted it, and that statement's time in Unix milliseconds. */
  since: number;
  sinceTime: number;
  keys: DirectoryKey[];
}

/** All members as they stand after the first `size` statements of the provenance log. */
export interface PublicDirectory {
  size: number;
  members: DirectoryMember[];
}

/**
 * Reads the directory: nothing in it that the public log does not say, so anybody can check it there. Former members and keys stay in
 * it, because old entries name them.
 */
export async function readPublicDirectory(tx: Tx): Promise<PublicDirectory> {
  const [projection] = await tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.projection');
  const members = await tx.query<Omit<DirectoryMember, 'keys'>>(
    `SELECT handle AS member, id AS code, name, kind, control_group AS "group", accredited, status,
            admitted_index::float8 AS since, admitted_time::float8 AS "sinceTime"
       FROM cairn.member WHERE admitted_index IS NOT NULL ORDER BY handle`,
  );
  const keys = await tx.query<KeyRow>(
    `SELECT member_id AS code, thumbprint AS key, purpose, jwk, added_index::float8 AS since, added_time::float8 AS "sinceTime",
            revoked_index::float8 AS revoked, void_from::float8 AS "voidFrom"
       FROM cairn.member_key WHERE added_index IS NOT NULL ORDER BY added_index`,
  );
  const byMember = new Map<number, KeyRow[]>();
  for (const key of keys) byMember.set(key.code, [...(byMember.get(key.code) ?? []), key]);
  return {
    size: projection!.size,
    members: members.map((member) => ({
      ...member,
      keys: (byMember.get(member.code) ?? []).map(toKey),
    })),
  };
}

type KeyRow = Omit<DirectoryKey, 'jwk'> & { code: number; jwk: string };

function toKey({ key, purpose, jwk, since, sinceTime, revoked, voidFrom }: KeyRow): DirectoryKey {
  return { key, purpose, jwk: JSON.parse(jwk) as object, since, sinceTime, revoked, voidFrom };
}
