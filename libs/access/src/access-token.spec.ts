import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { checkAccessToken } from './access-token.js';
import { tokenProfile } from './token-profile.js';

const key = generateSigningKey();
const NOW = 1_795_000_000;
const profile = tokenProfile('http://hub.test');
const THUMBPRINT = generateSigningKey().publicKey.kid;
const DEVICE = generateSigningKey().publicKey.kid;
const CLAIMS = {
  iss: 'http://hub.test',
  aud: 'http://hub.test/graphql',
  sub: 'alice',
  client_id: 'alice',
  scope: 'cairn',
  jti: 'id',
  iat: NOW,
  exp: NOW + 300,
  auth_key: THUMBPRINT,
  cnf: { jkt: DEVICE },
};

async function check(change: object, { typ = 'at+jwt', by = key, now = NOW } = {}) {
  const payload = JSON.parse(JSON.stringify({ ...CLAIMS, ...change })) as object;
  const token = await signCompactJws({ typ, payload, key: by });
  return checkAccessToken(token, { profile, key: key.publicKey, now });
}

describe('checkAccessToken', () => {
  it('says who asked for the token, with which key, and what it is bound to', async () => {
    expect(await check({})).toEqual({ ok: true, member: 'alice', authKey: THUMBPRINT, jkt: DEVICE });
  });

  it('takes it until the second before it ends', async () => {
    expect((await check({}, { now: NOW + 299 })).ok).toBe(true);
    expect((await check({}, { now: NOW + 300 })).ok).toBe(false);
  });

  it.each<[string, object]>([
    ['another issuer', { iss: 'http://other.test' }],
    ['a slash at the end of the issuer', { iss: 'http://hub.test/' }],
    ['another resource', { aud: 'http://hub.test' }],
    ['a list of resources', { aud: ['http://hub.test/graphql'] }],
    ['no scope', { scope: undefined }],
    ['another scope', { scope: 'cairn admin' }],
    ['a subject that is not the client', { sub: 'bob' }],
    ['no client', { client_id: undefined, sub: undefined }],
    ['no end', { exp: undefined }],
    ['no beginning', { iat: undefined }],
    ['a life of more than five minutes', { exp: NOW + 301 }],
    ['no key', { auth_key: undefined }],
    ['a key that is no thumbprint', { auth_key: 'a\u0000b' }],
    ['no jti', { jti: undefined }],
    ['no key that it is bound to', { cnf: undefined }],
    ['a binding that is a text', { cnf: DEVICE }],
    ['a binding to what is no thumbprint', { cnf: { jkt: `${DEVICE}=` } }],
    ['a second binding', { cnf: { jkt: DEVICE, 'x5t#S256': DEVICE } }],
  ])('refuses %s', async (_name, change) => {
    expect((await check(change)).ok).toBe(false);
  });

  it('refuses a token of another type', async () => {
    for (const typ of ['JWT', 'client-authentication+jwt', 'application/at+jwt']) {
      expect((await check({}, { typ })).ok).toBe(false);
    }
  });

  it('refuses a token that another key signed', async () => {
    expect((await check({}, { by: generateSigningKey() })).ok).toBe(false);
  });

  it('refuses what is no token', async () => {
    expect((await checkAccessToken(undefined, { profile, key: key.publicKey, now: NOW })).ok).toBe(false);
  });
});
