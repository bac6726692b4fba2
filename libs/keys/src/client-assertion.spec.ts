import { describe, expect, it } from '@jest/globals';
import {
  CLIENT_ASSERTION_TYP,
  createClientAssertion,
  type ClientAssertionOptions,
} from './client-assertion.js';
import { generateSigningKey } from './signing-key.js';
import { verifyJsonJws } from './verify-jws.js';

const issuer = 'https://hub.example.org/oauth';
const claimsOf = async (options: Partial<ClientAssertionOptions> = {}) => {
  const key = options.key ?? generateSigningKey();
  const token = await createClientAssertion({ clientId: 'member-1', issuer, key, ...options });
  const verified = await verifyJsonJws({
    token,
    typ: CLIENT_ASSERTION_TYP,
    key: key.publicKey,
    maxBytes: 2000,
  });
  if (!verified.ok) throw new Error(verified.message);
  return verified.claims;
};

describe('createClientAssertion', () => {
  it.each(['Ed25519', 'ES256'] as const)(
    'states who, to whom and for how long, signed with %s',
    async (alg) => {
      expect(await claimsOf({ key: generateSigningKey(alg), now: 1_700_000_000 })).toEqual({
        iss: 'member-1',
        sub: 'member-1',
        aud: issuer,
        jti: expect.stringMatching(/^[\w-]{22}$/),
        iat: 1_700_000_000,
        exp: 1_700_000_060,
      });
    },
  );

  it('takes the time from the clock and a new identifier for every assertion', async () => {
    const before = Math.floor(Date.now() / 1000);
    const [first, second] = await Promise.all([claimsOf({ lifetime: 5 }), claimsOf()]);
    expect(first.iat).toBeGreaterThanOrEqual(before);
    expect(first.exp).toBe((first.iat as number) + 5);
    expect(first.jti).not.toBe(second.jti);
  });

  it.each([0, -1, 61, 3600, NaN])('refuses a lifetime of %s seconds', async (lifetime) => {
    await expect(claimsOf({ lifetime })).rejects.toMatchObject({ code: 'INVALID_LIFETIME' });
  });
});
