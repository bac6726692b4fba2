import { publicJwks, readStoredPublicKey, type PublicKeyRecord } from '#libs/keys';
import { activeKeys } from '#libs/membership';
import type { Database } from '#libs/platform';
import { requireName } from '#libs/protocol';
import { SCOPE } from './token-profile.js';

/** A client as the token endpoint's library takes it: a member and its active `auth` keys, as they are now. */
export interface ClientMetadata {
  readonly client_id: string;
  readonly scope: string;
  readonly dpop_bound_access_tokens: true;
  readonly jwks: { readonly keys: readonly object[] };
}

/** The client of that name, or undefined: no such member, not active, or without an active `auth` key. */
export async function findClient(database: Database, clientId: string): Promise<ClientMetadata | undefined> {
  if (!isName(clientId)) return undefined;
  const keys = await database.read('find-client', 'system:api', (tx) => activeKeys(tx, clientId, 'auth'));
  if (keys.length === 0) return undefined;
  return {
    client_id: clientId,
    scope: SCOPE,
    dpop_bound_access_tokens: true,
    jwks: publicJwks(keys.map((key) => key.record)),
  };
}

/** The keys that `findClient` wrote into the metadata of a client. */
export function keysOf(jwks: { readonly keys: readonly object[] }): PublicKeyRecord[] {
  return jwks.keys.map((key) => {
    const { crv, kty, x, y } = key as Record<string, string | undefined>;
    return readStoredPublicKey(JSON.stringify({ crv, kty, x, y }));
  });
}

/** The name comes from a token that nobody has verified yet. */
function isName(text: string): boolean {
  try {
    return requireName(text, 'client_id') === text;
  } catch {
    return false;
  }
}
