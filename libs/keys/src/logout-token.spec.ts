import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWTPayload } from 'jose';
import { LogoutTokenVerifier } from './logout-token.js';

const ISSUER = 'https://idp.example.org';
const EVENTS = { 'http://schemas.openid.net/event/backchannel-logout': {} };

let server: Server;
let keys: string;
let key: CryptoKey;
let stranger: CryptoKey;
let verifier: LogoutTokenVerifier;
let base: string;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256');
  key = pair.privateKey;
  stranger = (await generateKeyPair('RS256')).privateKey;
  keys = JSON.stringify({
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }],
  });
  server = createServer((_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(keys),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
  verifier = new LogoutTokenVerifier(ISSUER, 'hub', base);
});
afterAll(() => void server.close());

const now = () => Math.floor(Date.now() / 1000);
const claims = (change: JWTPayload = {}): JWTPayload => ({
  iss: ISSUER,
  aud: 'hub',
  iat: now(),
  exp: now() + 120,
  jti: 'j1',
  sub: 'alice',
  sid: 's1',
  events: EVENTS,
  ...change,
});
const sign = (payload: JWTPayload, header: Record<string, unknown> = {}, by = key): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: 'k1', typ: 'logout+jwt', ...header }).sign(by);

describe('a logout token', () => {
  it('says whose sessions end', async () => {
    expect(await verifier.verify(await sign(claims()))).toEqual({
      ok: true,
      token: { iss: ISSUER, sub: 'alice', sid: 's1', jti: 'j1', goodFor: expect.any(Number) },
    });
    const { sid: _sid, ...ofSubject } = claims();
    expect(await verifier.verify(await sign(ofSubject))).toMatchObject({
      token: { sub: 'alice', sid: null },
    });
    const { sub: _sub, ...ofSession } = claims();
    expect(await verifier.verify(await sign(ofSession))).toMatchObject({ token: { sub: null, sid: 's1' } });
    expect(await verifier.verify(await sign(claims({ aud: ['other', 'hub'] })))).toMatchObject({ ok: true });
    for (const typ of ['JWT', undefined])
      expect(await verifier.verify(await sign(claims(), { typ }))).toMatchObject({ ok: true });
  });

  it('is remembered for as long as it could be taken', async () => {
    const { token } = (await verifier.verify(await sign(claims({ exp: now() + 86_400 })))) as {
      token: { goodFor: number };
    };
    expect(token.goodFor).toBeGreaterThan(600);
    expect(token.goodFor).toBeLessThan(700);
  });

  const wrong: [string, JWTPayload][] = [
    ['of another issuer', { iss: 'https://evil.example' }],
    ['for another client', { aud: 'other' }],
    ['without audience', { aud: undefined }],
    ['that has run out', { exp: now() - 120 }],
    ['without end', { exp: undefined }],
    ['from the future', { iat: now() + 300 }],
    ['without time', { iat: undefined }],
    ['that is old, whatever its end', { iat: now() - 1200, exp: now() + 86_400 }],
    ['without id', { jti: undefined }],
    ['with an empty id', { jti: '' }],
    ['with a nonce, as an ID token has', { nonce: 'x' }],
    ['with an empty nonce', { nonce: null }],
    ['without event', { events: undefined }],
    ['with another event', { events: { 'urn:other': {} } }],
    ['with an event that is no object', { events: { [Object.keys(EVENTS)[0]!]: true } }],
    ['of nobody', { sub: undefined, sid: undefined }],
    ['whose session is no text', { sid: 7 }],
    ['whose subject is endless', { sub: 'x'.repeat(501) }],
  ];
  it.each(wrong)('%s is refused', async (_name, change) => {
    expect(await verifier.verify(await sign(claims(change)))).toMatchObject({ ok: false, code: 'REFUSED' });
  });

  it('that nobody, somebody else or a shared secret signed is refused', async () => {
    const secret = new TextEncoder().encode(keys);
    const shared = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', kid: 'k1' }).sign(secret);
    const tokens = [
      new UnsecuredJWT(claims()).encode(),
      shared,
      await sign(claims(), {}, stranger),
      await sign(claims(), { kid: 'k2' }),
      await sign(claims(), { typ: 'at+jwt' }),
      (await sign(claims())).replace(/\.[^.]+\./, `.${btoa(JSON.stringify(claims({ sub: 'bob' })))}.`),
      'x'.repeat(20_000),
      undefined,
    ];
    for (const token of tokens)
      expect(await verifier.verify(token)).toMatchObject({ ok: false, code: 'REFUSED' });
  });

  it('cannot be judged without the keys of the provider', async () => {
    const lost = new LogoutTokenVerifier(ISSUER, 'hub', base.replace(/:\d+\//, ':1/'));
    expect(await lost.verify(await sign(claims()))).toMatchObject({ ok: false, code: 'UNAVAILABLE' });
  });

  it('is refused whatever it is, without a throw', async () => {
    const part = fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString('base64url'));
    const near = fc.oneof(
      fc.string(),
      fc.tuple(part, part, part).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(near, async (token) => {
        expect(await verifier.verify(token)).toMatchObject({ ok: false, code: 'REFUSED' });
      }),
    );
  });
});
