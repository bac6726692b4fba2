import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { DIRECTORY_TYP } from '#libs/protocol';
import { verifyDirectory } from './directory.js';

const key = generateSigningKey();
const origin = 'hub.example.org';
const KEY = {
  key: 'k1',
  purpose: 'signing',
  jwk: {},
  since: 3,
  sinceTime: 30,
  revoked: null,
  voidFrom: null,
};
const MEMBER = {
  ...{ member: 'acme', code: 1, name: 'Acme Inc', kind: 'platform', group: 'acme', accredited: false },
  ...{ status: 'active', since: 2, sinceTime: 1_790_000_000_000 },
  keys: [KEY, { ...KEY, key: 'k2', revoked: 9, voidFrom: 4 }],
};
const CLAIMS = { iss: origin, iat: 1_790_000_000, size: 12, members: [MEMBER] };

const signed = (claims: object, options: { typ?: string; by?: typeof key } = {}): Promise<string> =>
  signCompactJws({ typ: options.typ ?? DIRECTORY_TYP, payload: claims, key: options.by ?? key });
const verify = async (token: Promise<string>) =>
  verifyDirectory(await token, { origin, keys: [key.publicKey] });

describe('verifyDirectory', () => {
  it('gives the members with the keys that count', async () => {
    expect(await verify(signed(CLAIMS))).toEqual({
      size: 12,
      signedAt: new Date(1_790_000_000_000),
      members: [
        {
          ...{ member: 'acme', name: 'Acme Inc', kind: 'platform', status: 'active', accredited: false },
          ...{ since: 2, sinceTime: new Date(1_790_000_000_000), keys: [{ key: 'k1', purpose: 'signing' }] },
        },
      ],
    });
  });

  it.each([
    ['another key', signed(CLAIMS, { by: generateSigningKey() })],
    ['another type of token', signed(CLAIMS, { typ: 'cairn-promise+jws' })],
    ['another hub', signed({ ...CLAIMS, iss: 'other.example.org' })],
    ['no token at all', Promise.resolve('')],
  ])('refuses one by %s', async (_, token) => {
    await expect(verify(token)).rejects.toMatchObject({ code: 'DIRECTORY_INVALID', kind: 'verification' });
  });

  it('refuses members that are none', async () => {
    const token = signed({ ...CLAIMS, members: [{ ...MEMBER, keys: null }] });
    await expect(verify(token)).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  it('shows no control character of a name', async () => {
    const { members } = await verify(signed({ ...CLAIMS, members: [{ ...MEMBER, name: 'A\u001b[31mcme' }] }));
    expect(members[0]!.name).not.toContain('\u001b');
  });
});
