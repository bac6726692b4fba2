import type { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, { errors, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { writePrivateJwk, type SigningKey } from '#libs/keys';
import type { Database } from '#libs/platform';
import { checkClientAssertion, CLOCK_TOLERANCE } from './client-assertion.js';
import { keysOf } from './client-metadata.js';
import { checkProof, PROOF_ALGORITHMS, PROOF_MEMORY_SECONDS } from './proof-check.js';
import { ASSERTION_ALGORITHMS } from './server-metadata.js';
import {
  AUTH_KEY_CLAIM,
  JWKS_PATH,
  SCOPE,
  TOKEN_PATH,
  TOKEN_SECONDS,
  type TokenProfile,
} from './token-profile.js';
import { tokenStateAdapter } from './token-state.adapter.js';
import { spendOnce } from './token-state.js';

/** Kind of the records of proofs that were used here. */
const PROOF_MODEL = 'DpopProof';

export interface TokenEndpointOptions {
  readonly profile: TokenProfile;
  /** Signs access tokens; an Ed25519 key. */
  readonly tokenKey: SigningKey;
  readonly database: Database;
  /** Told why a request was refused or failed; never holds anything of an assertion. */
  readonly observe?: (event: TokenRefusal) => void;
}

/** A token request that got no token; `error` is the code of RFC 6749 §5.2. */
export interface TokenRefusal {
  readonly error: string;
  readonly cause: unknown;
}

/** Answers `POST /oauth/token`. It reads the request's body itself: nobody may have consumed it. */
export type TokenEndpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/**
 * The OAuth 2.0 token endpoint for machines: client credentials (RFC 6749 §4.4) by `private_key_jwt` (RFC 7523 §2.2), giving JWT access
 * tokens (RFC 9068) that are bound to the key of a DPoP proof (RFC 9449 §5). The library has other endpoints; only requests for the token
 * endpoint may be given to this one.
 */
export function createTokenEndpoint(options: TokenEndpointOptions): TokenEndpoint {
  const provider = new Provider(options.profile.issuer, configuration(options));
  const observe = (cause: Error & { error?: string }): void =>
    options.observe?.({ error: cause.error ?? 'server_error', cause });
  provider.on('grant.error', (_ctx, error) => observe(error));
  provider.on('server_error', (_ctx, error) => observe(error));
  (provider as EventEmitter).on('error', observe);
  const handle = provider.callback();
  const { host, protocol } = new URL(options.profile.issuer);
  // The library builds the URL that proofs are for from headers; these are set below and are nobody else's.
  provider.proxy = true;
  return async (request, response) => {
    // What the library derives from these would be the sender's choice: names of endpoints, HTML for browsers.
    request.headers.host = host;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    delete request.headers['x-forwarded-host'];
    request.headers.accept = 'application/json';
    await handle(request, response);
  };
}

function configuration({ profile, tokenKey, database }: TokenEndpointOptions): Configuration {
  const { kid, alg } = tokenKey.publicKey;
  return {
    adapter: tokenStateAdapter(database),
    jwks: { keys: [{ ...(JSON.parse(writePrivateJwk(tokenKey)) as object), kid, alg, use: 'sig' }] },
    scopes: [SCOPE],
    claims: {},
    responseTypes: [],
    clientAuthMethods: ['private_key_jwt'],
    clientDefaults: {
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      id_token_signed_response_alg: alg,
    },
    enabledJWA: {
      clientAuthSigningAlgValues: [...ASSERTION_ALGORITHMS],
      dPoPSigningAlgValues: [...PROOF_ALGORITHMS],
      idTokenSigningAlgValues: [alg],
    },
    clockTolerance: CLOCK_TOLERANCE,
    assertJwtClientAuthClaimsAndHeader: async (ctx) => {
      await authenticate(ctx, profile);
      await requireProof(ctx, profile, database);
    },
    extraTokenClaims: ({ state }) => ({ [AUTH_KEY_CLAIM]: state['authKey'] as string }),
    features: features(profile, alg),
    routes: { token: TOKEN_PATH, jwks: JWKS_PATH },
    ttl: { ClientCredentials: TOKEN_SECONDS },
  };
}

/** Everything off but client credentials for the one resource. */
function features({ resource }: TokenProfile, alg: 'Ed25519' | 'ES256'): Configuration['features'] {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    // It would take a proof again once its own record of it has ended; `requireProof` takes each once.
    dPoP: { enabled: true, allowReplay: true },
    pushedAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: (_ctx, identifier) => {
        if (identifier !== resource) throw new errors.InvalidTarget();
        return {
          audience: resource,
          scope: SCOPE,
          accessTokenFormat: 'jwt',
          accessTokenTTL: TOKEN_SECONDS,
          jwt: { sign: { alg } },
        };
      },
    },
  };
}

/** The library has looked at the assertion; this is the reading that counts. It comes before the assertion is spent. */
async function authenticate(ctx: KoaContextWithOIDC, { issuer }: TokenProfile): Promise<void> {
  const client = ctx.oidc.client!;
  const checked = await checkClientAssertion(ctx.oidc.params?.['client_assertion'], {
    clientId: client.clientId,
    issuer,
    keys: keysOf(client.jwks!),
    now: Math.floor(Date.now() / 1000),
  });
  if (!checked.ok) throw new errors.InvalidClientAuth(checked.rule);
  if (ctx.oidc.params?.['scope'] !== SCOPE) {
    throw new errors.InvalidScope(`scope must be ${SCOPE}`, SCOPE);
  }
  ctx.state['authKey'] = checked.kid;
}

/**
 * Every token is bound: without a proof there is none. Who cannot authenticate does not get here, and so has nothing stored. That a
 * proof was used is logged to disk like that of an assertion, so no crash forgets it and no nonce is ever asked for.
 */
async function requireProof(
  ctx: KoaContextWithOIDC,
  { issuer }: TokenProfile,
  database: Database,
): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const url = `${issuer}${TOKEN_PATH}`;
  const checked = await checkProof(ctx.req.headersDistinct['dpop'] ?? [], { method: ctx.method, url, now });
  if (!checked.ok) throw new errors.InvalidDpopProof(checked.rule);
  const { jkt, jti } = checked.proof;
  const first = await spendOnce(database, {
    model: PROOF_MODEL,
    id: `${jkt}.${jti}`,
    by: ctx.oidc.client!.clientId,
    secondsToLive: PROOF_MEMORY_SECONDS,
  });
  if (first) return;
  throw new errors.InvalidDpopProof('jti: must not have been used before');
}
