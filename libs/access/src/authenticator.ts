import type { PublicKeyRecord } from '#libs/keys';
import { findKey, findStanding } from '#libs/membership';
import type { Database, Tx } from '#libs/platform';
import { mayTakePart } from '#libs/protocol';
import { checkAccessToken } from './access-token.js';
import type { AccessRefusal } from './access-challenge.js';
import { checkProof, type CheckedProof } from './proof-check.js';
import type { Caller } from './caller.js';
import type { TokenProfile } from './token-profile.js';
import { useProof } from './used-proofs.js';

/** What a request to the API shows of its sender. */
export interface Credentials {
  readonly method: string;
  /** The header `Authorization`, undefined when there is none: an anonymous caller. */
  readonly authorization: string | undefined;
  /** Every value of a `DPoP` header. */
  readonly proofs: readonly string[];
}

export type Authentication =
  { readonly ok: true; readonly caller: Caller } | ({ readonly ok: false } & AccessRefusal);

/** A bound token counts under this scheme only: as a bearer token it would be one (RFC 9449 §7.2). */
const DPOP = /^dpop ([\w.-]+)$/i;

/** Finds out who calls, anew for each request: a suspension or a revoked key acts on tokens that were given before. */
export class Authenticator {
  constructor(
    private readonly database: Database,
    private readonly profile: TokenProfile,
    private readonly tokenKey: PublicKeyRecord,
  ) {}

  /** Each proof is good for one request: call this once for each. */
  async authenticate({ authorization, method, proofs }: Credentials): Promise<Authentication> {
    if (authorization === undefined) return { ok: true, caller: { role: 'anonymous' } };
    const [, text = ''] = DPOP.exec(authorization) ?? [];
    const now = Math.floor(Date.now() / 1000);
    const token = await checkAccessToken(text, { profile: this.profile, key: this.tokenKey, now });
    if (!token.ok) return { ok: false, error: 'invalid_token', rule: token.rule };
    const url = this.profile.resource;
    const checked = await checkProof(proofs, { method, url, now, token: { text, jkt: token.jkt } });
    return checked.ok ? this.findMember(token.member, token.authKey, checked.proof) : checked;
  }

  /** The proof is spent last: only who holds a good token can have one remembered. */
  private async findMember(name: string, authKey: string, proof: CheckedProof): Promise<Authentication> {
    return this.database.transaction('authenticate', 'system:api', async (tx) => {
      const key = await findKey(tx, 'auth', authKey);
      if (key === null || !key.active || key.member !== name) {
        return { ok: false, error: 'invalid_token', rule: 'auth_key: must be an active key of the member' };
      }
      const member = await findStanding(tx, name);
      if (member === null || !mayTakePart(member.status)) {
        return { ok: false, error: 'invalid_token', rule: 'client_id: must be an active member' };
      }
      return (await refuseUsed(tx, proof)) ?? { ok: true, caller: { role: 'member', member } };
    });
  }
}

async function refuseUsed(tx: Tx, proof: CheckedProof): Promise<Authentication | null> {
  const use = await useProof(tx, proof);
  switch (use.outcome) {
    case 'first':
      return null;
    case 'replayed':
      return { ok: false, error: 'invalid_dpop_proof', rule: 'jti: must not have been used before' };
    case 'nonce-needed':
      return { ok: false, error: 'use_dpop_nonce', rule: 'nonce: must be the one given', nonce: use.nonce };
  }
}
