import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { generateSigningKey, writePrivateJwk } from '#libs/keys';
import { DEMO_IDENTITY_PATH, loginIssuer, requireIdentityProvider, type Config } from '#libs/platform';
import { AFTER_LOGOUT, BACKCHANNEL_PATH } from './people-login.js';
import { DEMO_PERSONAS } from './demo-personas.js';
import { personaPage } from './demo-page.js';
import type { IdentityProviderSettings } from './identity-provider.js';
import { newSecret } from './opaque-secret.js';

const CLIENT_ID = 'cairn-hub';
/** How anybody proves to be anybody here. */
const ACR = 'urn:cairn:demo';
const ALG = 'ES256';
const TEN_MINUTES = 600;
const MOST_FORM_BYTES = 1024;

/** An OpenID Connect provider that lets anybody be any of some made-up people. */
export interface DemoIdentityProvider {
  /** How the hub is known to it. */
  readonly settings: IdentityProviderSettings;
  /** Answers requests below `DEMO_IDENTITY_PATH`. It reads bodies itself: nobody may have consumed them. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * Makes the identity provider of a hub on a laptop. All it knows is in the memory of this process.
 *
 * @throws PlatformError `config-invalid` in production, and for a hub that others could reach
 */
export function createDemoIdentityProvider(config: Config, redirectUri: string): DemoIdentityProvider {
  requireIdentityProvider({ ...config, oidcIssuer: undefined });
  const { publicUrl } = config;
  const issuer = loginIssuer({ ...config, oidcIssuer: undefined });
  const clientSecret = newSecret();
  const provider = new Provider(issuer, configuration(redirectUri, clientSecret, publicUrl));
  const callback = provider.callback();
  const { host } = new URL(publicUrl);
  return {
    settings: {
      issuer,
      clientId: CLIENT_ID,
      clientSecret,
      redirectUri,
      afterLogout: `${publicUrl}${AFTER_LOGOUT}`,
      acrs: config.oidcAcr,
      alwaysAsk: true,
    },
    handle: async (request, response) => {
      // What the library derives from it would be the sender's choice.
      request.headers.host = host;
      const path = (request.url ?? '').slice(DEMO_IDENTITY_PATH.length);
      if (path.startsWith('/interaction/')) return interact(provider, request, response);
      Object.assign(request, { originalUrl: request.url, url: path });
      await callback(request, response);
    },
  };
}

function configuration(redirectUri: string, clientSecret: string, publicUrl: string): Configuration {
  const key = generateSigningKey(ALG);
  const jwk = {
    ...(JSON.parse(writePrivateJwk(key)) as object),
    kid: key.publicKey.kid,
    alg: ALG,
    use: 'sig',
  };
  const cookie = { httpOnly: true, sameSite: 'lax', path: DEMO_IDENTITY_PATH } as const;
  return {
    jwks: { keys: [jwk] },
    clients: [
      {
        client_id: CLIENT_ID,
        client_secret: clientSecret,
        redirect_uris: [redirectUri],
        post_logout_redirect_uris: [`${publicUrl}${AFTER_LOGOUT}`],
        backchannel_logout_uri: `${publicUrl}${BACKCHANNEL_PATH}`,
        backchannel_logout_session_required: true,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        id_token_signed_response_alg: ALG,
      },
    ],
    enabledJWA: { idTokenSigningAlgValues: [ALG] },
    responseTypes: ['code'],
    acrValues: [ACR],
    pkce: { required: () => true },
    claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true },
      userinfo: { enabled: true },
    },
    fetch: tellTheHub,
    interactions: { url: (_ctx, { uid }) => `${DEMO_IDENTITY_PATH}/interaction/${uid}` },
    cookies: { keys: [randomBytes(32).toString('hex')], long: cookie, short: cookie },
    ttl: {
      AccessToken: TEN_MINUTES,
      AuthorizationCode: 60,
      Grant: TEN_MINUTES,
      IdToken: TEN_MINUTES,
      Interaction: TEN_MINUTES,
      Session: TEN_MINUTES,
    },
    findAccount: (_ctx, subject) => {
      const found = DEMO_PERSONAS.find((persona) => persona.subject === subject);
      if (found === undefined) return undefined;
      const { name, email } = found;
      return { accountId: subject, claims: () => ({ sub: subject, name, email }) };
    },
    loadExistingGrant: grantEverything,
  };
}

/** Sends a request to the hub, which the library would refuse: its own way out leads to no address of this machine. */
const tellTheHub: Configuration['fetch'] = (url, options) =>
  fetch(url, { ...options, dispatcher: undefined });

/** The hub is the only client, and it asks for nothing but who somebody is: nobody has to agree to that first. */
async function grantEverything(ctx: KoaContextWithOIDC) {
  const { client, session, provider } = ctx.oidc;
  const grant = new provider.Grant({ clientId: client!.clientId, accountId: session!.accountId! });
  grant.addOIDCScope('openid profile email');
  await grant.save();
  return grant;
}

/** The page on which somebody chooses who to be, and what follows the choice. */
async function interact(
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method === 'GET') return answer(response, 200, personaPage(request.url ?? '', DEMO_PERSONAS));
  const chosen = new URLSearchParams(await readForm(request)).get('persona');
  const persona = DEMO_PERSONAS.find(({ subject }) => subject === chosen);
  if (request.method !== 'POST' || persona === undefined)
    return answer(response, 400, 'There is no such persona.');
  try {
    await provider.interactionFinished(request, response, {
      login: { accountId: persona.subject, remember: false, acr: ACR },
    });
  } catch {
    answer(response, 400, 'This login has run out or belongs to another browser: begin again.');
  }
}

async function readForm(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString('latin1');
    if (text.length > MOST_FORM_BYTES) return '';
  }
  return text;
}

function answer(response: ServerResponse, status: number, body: string): void {
  const type = body.startsWith('<') ? 'text/html' : 'text/plain';
  response
    .writeHead(status, {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    .end(body);
}
