import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { checkClientAssertion, type AssertionExpectation } from './client-assertion.js';

const key = generateSigningKey();
const other = generateSigningKey();
const NOW = 1_795_000_000;
const ISSUER = 'http://hub.test';
const TYP = 'client-authentication+jwt';
const EXPECTED: AssertionExpectation = { clientId: 'alice', issuer: ISSUER, keys: [key.publicKey], now: NOW };
const CLAIMS = {
  iss: 'alice',
  sub: 'alice',
  aud: ISSUER,
  jti: '0123456789abcdefABCDEF',
  iat: NOW,
  exp: NOW + 60,
};

async function check(change: object, { typ = TYP, by = key } = {}) {
  const payload = JSON.parse(JSON.stringify({ ...CLAIMS, ...change })) as object;
  return checkClientAssertion(await signCompactJws({ typ, payload, key: by }), EXPECTED);
}

describe('checkClientAssertion', () => {
  it('takes an assertion of an active key and says which key', async () => {
    expect(await check({})).toEqual({ ok: true, kid: key.publicKey.kid });
  });

  it.each<[string, object]>([
    ['the longest life', { exp: NOW + 300 }],
    ['a clock that is ahead', { iat: NOW + 60, exp: NOW + 120 }],
    ['a clock that is behind', { iat: NOW - 60, exp: NOW - 9 }],
    ['nbf in the past', { nbf: NOW }],
    ['claims it does not know', { client_id: 'alice', foo: { bar: 1 } }],
  ])('takes %s', async (_name, change) => {
    expect((await check(change)).ok).toBe(true);
  });

  it.each<[string, object]>([
    ['another issuer of the assertion', { iss: 'bob' }],
    ['another subject', { sub: 'bob' }],
    ['no subject', { sub: undefined }],
    ['an audience in an array', { aud: [ISSUER] }],
    ['several audiences', { aud: [ISSUER, 'http://other.test'] }],
    ['a slash at the end of the audience', { aud: `${ISSUER}/` }],
    ['the token endpoint as audience', { aud: `${ISSUER}/oauth/token` }],
    ['another spelling of the audience', { aud: ISSUER.toUpperCase() }],
    ['no audience', { aud: undefined }],
    ['a life of more than five minutes', { exp: NOW + 301 }],
    ['an end before its beginning', { iat: NOW + 30, exp: NOW + 30 }],
    ['an end that has passed', { iat: NOW - 100, exp: NOW - 10 }],
    ['no end', { exp: undefined }],
    ['an end that is no number', { exp: String(NOW + 60) }],
    ['no beginning', { iat: undefined }],
    ['a beginning too far ahead', { iat: NOW + 61, exp: NOW + 90 }],
    ['nbf too far ahead', { nbf: NOW + 61 }],
    ['nbf that is no number', { nbf: 'now' }],
    ['no jti', { jti: undefined }],
    ['a jti of little entropy', { jti: 'short' }],
    ['a jti with a line feed', { jti: '0123456789abcdef\n' }],
    ['an endless jti', { jti: 'x'.repeat(129) }],
  ])('refuses %s', async (_name, change) => {
    expect((await check(change)).ok).toBe(false);
  });

  it('refuses a token of another type', async () => {
    for (const typ of ['JWT', 'at+jwt', 'cairn-submission+jws', 'dpop+jwt', '']) {
      expect((await check({}, { typ })).ok).toBe(false);
    }
  });

  it('refuses a key that is not one of the active ones', async () => {
    expect((await check({}, { by: other })).ok).toBe(false);
  });

  it('says nothing of the assertion when it refuses', async () => {
    const refused = await check({ aud: 'http://secret.test', jti: 'secret-jti-0123456789' });
    expect(JSON.stringify(refused)).not.toMatch(/secret/);
  });

  it('refuses what is no token', async () => {
    for (const token of [undefined, null, '', 'a.b.c', ['x'], 7]) {
      expect((await checkClientAssertion(token, EXPECTED)).ok).toBe(false);
    }
  });
});
