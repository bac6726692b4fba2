import { describe, expect, it } from '@jest/globals';
import { createDpopProof, generateSigningKey, tokenDigest, type DpopProofOptions } from '#libs/keys';
import { checkProof, type ProofExpectation } from './proof-check.js';

const key = generateSigningKey('ES256');
const NOW = 1_795_000_000;
const URL_OF_API = 'https://hub.example/graphql';
const TOKEN = { text: 'token', jkt: key.publicKey.kid };
const EXPECTED: ProofExpectation = { method: 'POST', url: URL_OF_API, now: NOW, token: TOKEN };

async function check(change: Partial<DpopProofOptions> = {}, expected: Partial<ProofExpectation> = {}) {
  const options = { key, method: 'POST', url: URL_OF_API, accessToken: 'token', now: NOW, ...change };
  return checkProof([await createDpopProof(options)], { ...EXPECTED, ...expected });
}

/** The error code, or null. */
async function errorOf(checked: ReturnType<typeof check>): Promise<string | null> {
  const result = await checked;
  return result.ok ? null : result.error;
}

describe('checkProof', () => {
  it('says which key made it, and what it is called', async () => {
    expect(await check({ nonce: 'n' })).toEqual({
      ok: true,
      proof: { jkt: key.publicKey.kid, jti: expect.any(String), iat: NOW, nonce: 'n' },
    });
  });

  it.each([
    [-61, 'invalid_dpop_proof'],
    [-60, null],
    [-1, null],
    [0, null],
    [10, null],
    [11, 'invalid_dpop_proof'],
  ])('judges a proof of %d seconds from now: %s', async (offset, error) => {
    expect(await errorOf(check({ now: NOW + offset }))).toBe(error);
  });

  it.each<[string, Partial<DpopProofOptions>]>([
    ['for another method', { method: 'GET' }],
    ['for a method in small letters', { method: 'post' }],
    ['for another path', { url: 'https://hub.example/graphql/' }],
    ['for the path in capitals', { url: 'https://hub.example/GraphQL' }],
    ['for another host', { url: 'https://hub.example.org/graphql' }],
    ['for the host with a dot at its end', { url: 'https://hub.example./graphql' }],
    ['for another port', { url: 'https://hub.example:444/graphql' }],
    ['for another scheme', { url: 'http://hub.example/graphql' }],
    ['for the token endpoint', { url: 'https://hub.example/oauth/token' }],
    ['with a user in the URL', { url: 'https://a@hub.example/graphql' }],
    ['for no URL', { url: '/graphql' }],
    ['of no token', { accessToken: undefined }],
    ['of another token', { accessToken: 'other' }],
  ])('refuses a proof %s', async (_name, change) => {
    expect(await errorOf(check(change))).toBe('invalid_dpop_proof');
  });

  it.each([
    'https://HUB.example/graphql',
    'HTTPS://hub.example:443/graphql',
    'https://hub.example/graphql?query=x',
    'https://hub.example/a/../graphql',
    'https://hub.example/%67raphql',
  ])('takes the URL as %s', async (url) => {
    expect(await errorOf(check({ url }))).toBeNull();
  });

  it('refuses a token with the proof of another key: the token is not theirs', async () => {
    expect(await errorOf(check({ key: generateSigningKey() }))).toBe('invalid_token');
  });

  it('refuses a bound token without a proof, and a token request without one', async () => {
    expect(await checkProof([], EXPECTED)).toMatchObject({ error: 'invalid_token' });
    expect(await checkProof([], { ...EXPECTED, token: undefined })).toMatchObject({
      error: 'invalid_dpop_proof',
    });
  });

  it('refuses two proofs, apart or in one header', async () => {
    const proofs = await Promise.all(
      [1, 2].map(() =>
        createDpopProof({ key, method: 'POST', url: URL_OF_API, accessToken: 'token', now: NOW }),
      ),
    );
    for (const shown of [proofs, [proofs.join(', ')], [proofs.join(',')], [proofs[0]!, proofs[0]!]]) {
      expect(await checkProof(shown, EXPECTED)).toMatchObject({ error: 'invalid_dpop_proof' });
    }
  });

  it('asks for no digest of a token where there is none', async () => {
    expect(await errorOf(check({ accessToken: undefined }, { token: undefined }))).toBeNull();
    expect(tokenDigest('token')).toHaveLength(43);
  });

  it('says nothing of the proof when it refuses', async () => {
    const refused = await check({ url: 'https://secret.example/', nonce: 'secret', method: 'SECRET' });
    expect(JSON.stringify(refused)).not.toMatch(/secret/i);
  });
});
