import type { PublicKeyRecord } from '#libs/keys';
import { findKey, findStanding } from '#libs/membership';
import type { Database } from '#libs/platform';
import { checkAccessToken } from './access-token.js';
import type { Caller } from './caller.js';
import type { TokenProfile } from './token-profile.js';

/** `rule` is for the log: the caller learns only that its token is not good. */
export type Authentication =
  { readonly ok: true; readonly caller: Caller } | { readonly ok: false; readonly rule: string };

const BEARER = /^bearer ([\w.-]+)$/i;

/** Finds out who calls, anew for each request: a suspension or a revoked key acts on tokens that were given before. */
export class Authenticator {
  constructor(
    private readonly database: Database,
    private readonly profile: TokenProfile,
    private readonly tokenKey: PublicKeyRecord,
  ) {}

  /** @param authorization the header of that name (RFC 6750 §2.1), undefined when there is none: an anonymous caller */
  async authenticate(authorization: string | undefined): Promise<Authentication> {
    if (authorization === undefined) return { ok: true, caller: { role: 'anonymous' } };
    const [, token] = BEARER.exec(authorization) ?? [];
    const now = Math.floor(Date.now() / 1000);
    const checked = await checkAccessToken(token, { profile: this.profile, key: this.tokenKey, now });
    return checked.ok ? this.findMember(checked.member, checked.authKey) : checked;
  }

  private async findMember(name: string, authKey: string): Promise<Authentication> {
    return this.database.read('authenticate', 'system:api', async (tx) => {
      const key = await findKey(tx, 'auth', authKey);
      if (key === null || !key.active || key.member !== name) {
        return { ok: false, rule: 'auth_key: must be an active key of the member' };
      }
      const member = await findStanding(tx, name);
      return member?.status === 'active'
        ? { ok: true, caller: { role: 'member', member } }
        : { ok: false, rule: 'client_id: must be an active member' };
    });
  }
}
