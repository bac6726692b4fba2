import { PROOF_ALGORITHMS } from './proof-check.js';
import { JWKS_PATH, SCOPE, TOKEN_PATH, type TokenProfile } from './token-profile.js';

/** Signature algorithms of client assertions. */
export const ASSERTION_ALGORITHMS = ['Ed25519', 'ES256'] as const;

/** Authorization server metadata (RFC 8414 §2, RFC 9449 §5.1): what this hub has and nothing else. */
export function serverMetadata({ issuer }: TokenProfile): object {
  return {
    issuer,
    token_endpoint: `${issuer}${TOKEN_PATH}`,
    jwks_uri: `${issuer}${JWKS_PATH}`,
    scopes_supported: [SCOPE],
    response_types_supported: [],
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
  };
}
