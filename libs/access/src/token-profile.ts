/** The one scope there is: what a member may do is read from the database at each request, never from its token. */
export const SCOPE = 'cairn';

/** Life of an access token in seconds. */
export const TOKEN_SECONDS = 300;

/** `typ` of an access token (RFC 9068 §2.1). */
export const ACCESS_TOKEN_TYP = 'at+jwt';

/** Claim of an access token: thumbprint of the `auth` key that asked for it, so that revoking the key ends the token. */
export const AUTH_KEY_CLAIM = 'auth_key';

/** Paths below the hub's public URL. */
export const TOKEN_PATH = '/oauth/token';
export const JWKS_PATH = '/oauth/jwks';
export const METADATA_PATH = '/.well-known/oauth-authorization-server';

/** Names that tokens of one hub are made for and by. */
export interface TokenProfile {
  /** Issuer identifier (RFC 8414 §2): the hub's public URL without a slash at its end. */
  readonly issuer: string;
  /** The only resource that tokens are good for (RFC 8707). */
  readonly resource: string;
}

/** @param publicUrl base URL of the hub, without a slash at its end */
export function tokenProfile(publicUrl: string): TokenProfile {
  return { issuer: publicUrl, resource: `${publicUrl}/graphql` };
}
