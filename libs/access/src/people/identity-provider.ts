import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  discovery,
  fetchUserInfo,
  None,
  type ClientAuth,
  type Configuration,
} from 'openid-client';
import { LogoutTokenVerifier, type LogoutTokenResult } from '#libs/keys';
import type { Profile } from '#libs/membership';
import type { LoginSecrets } from './login-attempts.js';
import { isLoopbackHttp } from './session-cookie.js';
import type { ProviderSession } from './sessions.js';

const TIMEOUT_SECONDS = 10;
/** Metadata of the provider is read anew after this time; its keys whenever one is missing. */
const METADATA_MS = 3_600_000;
const MOST_NAME_CHARACTERS = 200;
const MOST_IDENTITY_CHARACTERS = 500;

/** How the hub is known to an OpenID Connect provider. */
export interface IdentityProviderSettings {
  /** Issuer identifier; http only on loopback. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  /** Where the provider sends browsers back to. */
  readonly redirectUri: string;
  /** Where the provider sends browsers after a logout that began at the hub. */
  readonly afterLogout: string;
  /** Asked for at each login, the best first; may be none. */
  readonly acrs: readonly string[];
  /** Asks for the credentials even of somebody whom the provider knows. */
  readonly alwaysAsk: boolean;
}

/** `reason` is for the log: a code, never anything that the provider or the browser sent. */
export type Identification =
  | { readonly ok: true; readonly profile: Profile; readonly login: ProviderSession }
  | { readonly ok: false; readonly code: 'REFUSED' | 'UNAVAILABLE'; readonly reason: string };

/** An OpenID Connect provider as the hub uses it: authorization code flow with PKCE, state and nonce (OpenID Connect Core §3.1). */
export class IdentityProvider {
  private configuration: { readonly value: Promise<Configuration>; readonly since: number } | null = null;

  private verifier: { readonly keys: string; readonly value: LogoutTokenVerifier } | null = null;

  constructor(private readonly settings: IdentityProviderSettings) {}

  /**
   * Where a browser has to go to log in.
   *
   * @returns null when the provider cannot be reached
   */
  async authorizationUrl({ state, nonce, verifier }: LoginSecrets): Promise<string | null> {
    const { redirectUri, alwaysAsk, acrs } = this.settings;
    const configuration = await this.discover().catch(() => null);
    if (configuration === null) return null;
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: 'openid profile email',
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      ...(alwaysAsk ? { prompt: 'login' } : {}),
      ...(acrs.length === 0 ? {} : { acr_values: acrs.join(' ') }),
    });
    return url.href;
  }

  /**
   * Who came back from the provider.
   *
   * @param query of the address that the browser was sent back to
   * @param secrets of the login that this browser began
   */
  async identify(query: string, { state, nonce, verifier }: LoginSecrets): Promise<Identification> {
    const back = new URL(this.settings.redirectUri);
    back.search = query;
    try {
      const configuration = await this.discover();
      const tokens = await authorizationCodeGrant(configuration, back, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims()!;
      const shown = await describe(configuration, tokens.access_token, claims.sub, claims);
      return toIdentification(claims, shown);
    } catch (error) {
      return failure(error);
    }
  }

  /** Where a browser goes to end the session at the provider (OpenID Connect RP-Initiated Logout 1.0); null when it offers none. */
  async endSessionUrl(): Promise<string | null> {
    const configuration = await this.discover().catch(() => null);
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return null;
    const { afterLogout } = this.settings;
    return buildEndSessionUrl(configuration, { post_logout_redirect_uri: afterLogout }).href;
  }

  /** Verifies a logout token of the provider; `UNAVAILABLE` when it or its keys cannot be reached. */
  async verifyLogout(token: unknown): Promise<LogoutTokenResult> {
    const configuration = await this.discover().catch(() => null);
    if (configuration === null)
      return { ok: false, code: 'UNAVAILABLE', rule: 'the provider cannot be reached' };
    const { issuer, jwks_uri: keys } = configuration.serverMetadata();
    if (keys === undefined) return { ok: false, code: 'REFUSED', rule: 'the provider publishes no keys' };
    if (this.verifier?.keys !== keys) {
      const value = new LogoutTokenVerifier(issuer, this.settings.clientId, keys);
      this.verifier = { keys, value };
    }
    return this.verifier.value.verify(token);
  }

  private async discover(): Promise<Configuration> {
    const now = performance.now();
    if (this.configuration === null || now - this.configuration.since > METADATA_MS) {
      const value = this.readMetadata();
      this.configuration = { value, since: now };
      value.catch(() => (this.configuration = null));
    }
    return this.configuration.value;
  }

  private readMetadata(): Promise<Configuration> {
    const { issuer, clientId, clientSecret } = this.settings;
    return discovery(new URL(issuer), clientId, undefined, clientAuth(clientSecret), {
      timeout: TIMEOUT_SECONDS,
      execute: isLoopbackHttp(issuer) ? [allowInsecureRequests] : [],
    });
  }
}

/** As the provider's metadata asks; `client_secret_basic` is what every provider takes (OpenID Connect Discovery §3). */
function clientAuth(secret: string | undefined): ClientAuth {
  if (secret === undefined) return None();
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (as, ...rest) => {
    const methods = as.token_endpoint_auth_methods_supported;
    const onlyPost = methods !== undefined && !methods.includes('client_secret_basic');
    (onlyPost ? post : basic)(as, ...rest);
  };
}

type Shown = { readonly name?: unknown; readonly email?: unknown } & Readonly<Record<string, unknown>>;

/** Name and e-mail address: in the ID token, or else where OpenID Connect Core §5.4 has them, at the userinfo endpoint. */
async function describe(
  configuration: Configuration,
  accessToken: string,
  subject: string,
  claims: Shown,
): Promise<Shown> {
  const { userinfo_endpoint: endpoint } = configuration.serverMetadata();
  if (claims.name !== undefined || endpoint === undefined) return claims;
  return fetchUserInfo(configuration, accessToken, subject);
}

function toIdentification(
  { iss: issuer, sub: subject, sid, acr }: { iss: string; sub: string; sid?: unknown; acr?: unknown },
  { name, email }: Shown,
): Identification {
  if (subject === '' || subject.length > MOST_IDENTITY_CHARACTERS || !isPrintable(subject)) {
    return { ok: false, code: 'REFUSED', reason: 'subject' };
  }
  const profile = { issuer, subject, name: shownText(name) ?? subject, email: shownText(email) };
  return { ok: true, profile, login: { sid: claimText(sid), acr: claimText(acr) } };
}

/** A claim that is compared and never shown. */
function claimText(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > MOST_IDENTITY_CHARACTERS) return null;
  return isPrintable(value) ? value : null;
}

/** Names are written down for people to read: whatever could disturb that is left out. */
function shownText(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '')
    .trim()
    .slice(0, MOST_NAME_CHARACTERS);
  return text === '' ? null : text;
}

function isPrintable(text: string): boolean {
  return !/[\p{Cc}\p{Cs}]/u.test(text);
}

function failure(error: unknown): Identification {
  const { code, error: oauthError, cause } = error as { code?: unknown; error?: unknown; cause?: unknown };
  const reason = [oauthError, code, (cause as { code?: unknown } | undefined)?.code, 'unknown'].find(
    (text): text is string => typeof text === 'string' && /^[\w-]{1,64}$/.test(text),
  )!;
  const offline = error instanceof TypeError || /TIMEOUT|ECONN|ENOTFOUND/.test(reason);
  return { ok: false, code: offline ? 'UNAVAILABLE' : 'REFUSED', reason };
}
