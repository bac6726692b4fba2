import { verifyJsonJws, type PublicKeyRecord } from '#libs/keys';
import { DIRECTORY_TYP } from '#libs/protocol';
import { ClientError } from './client-error.js';
import { hubText } from './http/hub-text.js';
import { AnswerObject } from './http/json-answer.js';

/** A member of the alliance, as its hub signs. */
export interface AllianceMember {
  readonly member: string;
  readonly name: string;
  readonly kind: string;
  readonly status: string;
  readonly accredited: boolean;
  /** Log index of the statement that admitted it, and its time. */
  readonly since: number;
  readonly sinceTime: Date;
  /** Its keys that count at present. */
  readonly keys: readonly { readonly key: string; readonly purpose: string }[];
}

/** Who the members are after so many statements of the provenance log. */
export interface AllianceDirectory {
  readonly size: number;
  readonly signedAt: Date;
  readonly members: readonly AllianceMember[];
}

/** A thousand members with a dozen keys each. */
export const MAX_DIRECTORY_BYTES = 8 * 1024 * 1024;

/**
 * Verifies a directory under the hub's promise keys.
 *
 * @throws ClientError `DIRECTORY_INVALID`
 */
export async function verifyDirectory(
  token: string,
  { origin, keys }: { origin: string; keys: readonly PublicKeyRecord[] },
): Promise<AllianceDirectory> {
  const subject = `directory of ${origin}`;
  const verified = await verifyJsonJws({
    token,
    typ: DIRECTORY_TYP,
    key: (kid) => keys.find((key) => key.kid === kid),
    maxBytes: MAX_DIRECTORY_BYTES,
  });
  if (!verified.ok) throw new ClientError('DIRECTORY_INVALID', subject, verified.message);
  if (verified.claims['iss'] !== origin) {
    throw new ClientError('DIRECTORY_INVALID', subject, 'its iss is not the pinned hub');
  }
  const claims = new AnswerObject(verified.claims, subject);
  return {
    size: claims.integer('size'),
    signedAt: new Date(claims.integer('iat') * 1000),
    members: claims.objects('members').map((member) => ({
      member: hubText(member.text('member')),
      name: hubText(member.text('name')),
      kind: hubText(member.text('kind')),
      status: hubText(member.text('status')),
      accredited: member.boolean('accredited'),
      since: member.integer('since'),
      sinceTime: new Date(member.integer('sinceTime')),
      keys: member
        .objects('keys')
        .filter((key) => key.optionalInteger('revoked') === null)
        .map((key) => ({ key: hubText(key.text('key')), purpose: hubText(key.text('purpose')) })),
    })),
  };
}
