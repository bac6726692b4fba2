import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClientAssertion, createDpopProof, generateSigningKey, signCompactJws } from '#libs/keys';
import { TestHub, type TestMember } from './api-hub.js';
import { now, respell } from './api-tampering.js';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
beforeAll(async () => {
  hub = await TestHub.start();
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  await hub.settle();
});
afterAll(() => hub?.close());

const RESOURCE = () => `${hub.url}/graphql`;
const CHALLENGE = (error: string) => `DPoP error="${error}", algs="Ed25519 ES256"`;

describe('access tokens', () => {
  const device = generateSigningKey();
  const ask = async (authorization: string) => {
    const [, accessToken = ''] = authorization.split(' ');
    const dpop = await createDpopProof({ key: device, method: 'POST', url: RESOURCE(), accessToken });
    return hub.post('{"query":"{ me { member } }"}', { authorization, dpop });
  };
  const token = async (change: object, typ = 'at+jwt', key = hub.tokenKey): Promise<string> => {
    const iat = now();
    const base = {
      iss: hub.url,
      aud: RESOURCE(),
      sub: 'alice',
      client_id: 'alice',
      scope: 'cairn',
      cnf: { jkt: device.publicKey.kid },
    };
    const payload = { ...base, jti: 'x', iat, exp: iat + 300, auth_key: alice.auth.publicKey.kid, ...change };
    return signCompactJws({ typ, payload, key });
  };

  it('are taken when the hub signed them', async () => {
    expect((await ask(`DPoP ${await token({})}`)).body.data).toEqual({ me: { member: 'alice' } });
    expect((await ask(`dpop ${await token({})}`)).status).toBe(200);
  });

  it.each<[string, () => Promise<string>]>([
    ['of another issuer', () => token({ iss: 'http://other.test' })],
    ['for another resource', () => token({ aud: hub.url })],
    ['that have ended', () => token({ iat: now() - 300, exp: now() })],
    ['that last too long', () => token({ exp: now() + 3600 })],
    ['of another type', () => token({}, 'JWT')],
    [
      'that are client assertions',
      () => createClientAssertion({ clientId: 'alice', issuer: hub.url, key: alice.auth }),
    ],
    ['signed by the promise key', () => token({}, 'at+jwt', hub.promiseKey)],
    ['signed by a member', () => token({}, 'at+jwt', alice.auth)],
    ['for a member with the key of another', () => token({ auth_key: bob.auth.publicKey.kid })],
    ['with a signing key as auth key', () => token({ auth_key: alice.signing.publicKey.kid })],
    ['for nobody', () => token({ sub: 'nobody', client_id: 'nobody' })],
    ['with NUL in the key', () => token({ auth_key: 'a\u0000b' })],
    ['bound to no key', () => token({ cnf: undefined })],
    ['bound to another key', () => token({ cnf: { jkt: alice.auth.publicKey.kid } })],
    ['bound to a certificate', () => token({ cnf: { 'x5t#S256': device.publicKey.kid } })],
    ['bound in two ways', () => token({ cnf: { jkt: device.publicKey.kid, 'x5t#S256': 'x' } })],
    ['bound to what is no thumbprint', () => token({ cnf: { jkt: 'x' } })],
    ['without alg', async () => `e30.${(await token({})).split('.').slice(1).join('.')}`],
    ['with spare bits', async () => respell(await token({}))],
    ['cut short', async () => (await token({})).slice(0, -1)],
  ])('are refused %s', async (_name, make) => {
    const answer = await ask(`DPoP ${await make()}`);
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
      401,
      CHALLENGE('invalid_token'),
    ]);
    expect(answer.body).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) },
        },
      ],
    });
  });

  it('are refused under another scheme', async () => {
    const good = await token({});
    for (const header of [`Bearer ${good}`, `Basic ${good}`, good, 'DPoP', 'DPoP ', `DPoP ${good} x`]) {
      const { status, headers } = await ask(header);
      expect([header.slice(0, 9), status, headers.get('www-authenticate')]).toEqual([
        header.slice(0, 9),
        401,
        CHALLENGE('invalid_token'),
      ]);
    }
  });
});

describe('documents about the token endpoint', () => {
  it('tell where it is and which keys it signs with, and there is no other endpoint', async () => {
    const get = async (path: string) => fetch(`${hub.url}${path}`, { redirect: 'manual' });
    const metadata = (await (await get('/.well-known/oauth-authorization-server')).json()) as Record<
      string,
      unknown
    >;
    expect(metadata).toMatchObject({
      issuer: hub.url,
      token_endpoint: `${hub.url}/oauth/token`,
      jwks_uri: `${hub.url}/oauth/jwks`,
      grant_types_supported: ['client_credentials'],
      token_endpoint_auth_methods_supported: ['private_key_jwt'],
      dpop_signing_alg_values_supported: ['Ed25519', 'ES256'],
    });
    const jwks = (await (await get('/oauth/jwks')).json()) as { keys: Record<string, unknown>[] };
    expect(jwks.keys).toHaveLength(1);
    expect(jwks.keys[0]).toMatchObject({ kid: hub.tokenKey.publicKey.kid, use: 'sig' });
    expect(jwks.keys[0]).not.toHaveProperty('d');
    const paths = [
      'auth',
      'reg',
      'me',
      'token/introspection',
      'token/revocation',
      'device/auth',
      'device',
      'request',
    ];
    const wellKnown = '/.well-known/openid-configuration';
    for (const path of [...paths, 'session/end', 'backchannel']
      .flatMap((p) => [`/${p}`, `/oauth/${p}`])
      .concat(wellKnown)) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
      expect([path, (await fetch(`${hub.url}${path}`, { method: 'POST' })).status]).toEqual([path, 404]);
    }
    expect((await get('/oauth/token')).status).toBe(404);
  });
});
