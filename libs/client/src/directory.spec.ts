import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { generateSigningKey, gatePublicKey, signCompactJws } from '#libs/keys';
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

const PAGE = (name: string) =>
  readFileSync(new URL(`../../../../docs/protocol-${name}.md`, import.meta.url), 'utf8');

describe('the directory of docs/protocol-keys.md', () => {
  const [, header, payload, signature] = /(\{.*cairn-directory\+jws"\})\n(\{.*)\n(\S{86})\n/.exec(
    PAGE('keys'),
  )!;
  const parts = [header!, payload!].map((part) => Buffer.from(part).toString('base64url'));
  // RFC 8032, section 7.1, TEST 3.
  const promiseKey = { kty: 'OKP', crv: 'Ed25519', x: '_FHNjmIYoaONpH7QAjDwWAgW7RO6MwOsXeuRFUiQgCU' };

  it('verifies under the promise key', async () => {
    const gated = gatePublicKey(promiseKey);
    if (!gated.ok) throw new Error(gated.message);
    const token = [...parts, signature].join('.');
    const directory = await verifyDirectory(token, { origin, keys: [gated.key] });
    expect(directory).toMatchObject({ size: 7, members: [{ member: 'hotline-a', keys: [{}] }] });
  });

  it('says what the log of docs/protocol-submission.md says', () => {
    const statements = [...PAGE('submission').matchAll(/^\{"cairn":"statement\/1".*$/gm)].map(
      ([line]) => JSON.parse(line) as Record<string, unknown>,
    );
    const [{ member, code, name, memberKind, group, accredited, time }, { key, purpose, jwk }] = [2, 3].map(
      (index) => statements[index]!,
    ) as [Record<string, unknown>, Record<string, unknown>];
    const life = { since: 3, sinceTime: time, revoked: null, voidFrom: null };
    const facts = {
      member,
      code,
      name,
      kind: memberKind,
      group,
      accredited,
      status: 'active',
      since: 2,
      sinceTime: time,
    };
    const { members } = JSON.parse(payload!) as { members: unknown };
    expect(members).toEqual([{ ...facts, keys: [{ key, purpose, jwk, ...life }] }]);
  });
});
