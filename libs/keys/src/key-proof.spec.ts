import { describe, expect, it } from '@jest/globals';
import { isFingerprintOf, keyFingerprint } from './key-fingerprint.js';
import { createKeyProof, KEY_PROOF_TYP, verifyKeyProof } from './key-proof.js';
import { readStoredPublicKey } from './public-key.js';
import { signCompactJws } from './sign-jws.js';
import { generateSigningKey } from './signing-key.js';

const NOW = 1_795_400_000;
const key = generateSigningKey();
const other = generateSigningKey('ES256');
const subject = {
  iss: 'acme',
  aud: 'hub.test',
  nonce: 'n-1',
  jkt: key.publicKey.kid,
  purpose: 'signing',
};
const claims = { ...subject, iat: NOW, exp: NOW + 300 };

async function verify(payload: object, signer = key, now = NOW, typ = KEY_PROOF_TYP) {
  const proof = await signCompactJws({ typ, payload, key: signer });
  return verifyKeyProof({ proof, subject, keys: [key.publicKey], now });
}

describe('the proof of possession of a key', () => {
  describe('when its maker holds the key', () => {
    it('is good for its time', async () => {
      for (const now of [NOW - 60, NOW, NOW + 299]) {
        const proof = await createKeyProof({ ...subject, key, now: NOW });
        const verified = await verifyKeyProof({
          proof,
          subject,
          keys: [other.publicKey, key.publicKey],
          now,
        });
        expect(verified).toEqual({ ok: true, key: key.publicKey });
      }
    });

    it('is made by the clock when no time is given', async () => {
      const proof = await createKeyProof({ ...subject, key });
      const now = Math.floor(Date.now() / 1000);
      expect(await verifyKeyProof({ proof, subject, keys: [key.publicKey], now })).toMatchObject({
        ok: true,
      });
    });
  });

  describe('when something is not as the challenge says', () => {
    it.each(['iss', 'aud', 'nonce', 'jkt', 'purpose'])('is refused for another %s', async (name) => {
      const rule = `${name}: must be that of the challenge`;
      expect(await verify({ ...claims, [name]: 'other' })).toEqual({ ok: false, rule });
      expect(await verify({ ...claims, [name]: undefined })).toEqual({ ok: false, rule });
    });

    it('is refused with a claim too many', async () => {
      expect(await verify({ ...claims, jti: 'x' })).toMatchObject({
        rule: expect.stringContaining('nothing else'),
      });
    });

    it('is refused outside its time, or with a time too long', async () => {
      const rules = await Promise.all([
        verify(claims, key, NOW - 61),
        verify(claims, key, NOW + 300),
        verify({ ...claims, exp: NOW + 301 }),
        verify({ ...claims, iat: 'now' }),
        verify({ ...claims, exp: undefined }),
      ]);
      expect(rules.map((result) => (result as { rule: string }).rule)).toEqual([
        'iat: must not lie in the future',
        'exp: must not have passed',
        'exp: must be at most 300 seconds after iat',
        'iat: must not lie in the future',
        'exp: must not have passed',
      ]);
    });

    it('is refused by another key or as another type of token', async () => {
      expect(await verify(claims, other)).toMatchObject({ rule: expect.stringContaining('kid must name') });
      expect(await verify(claims, key, NOW, 'dpop+jwt')).toMatchObject({
        rule: expect.stringContaining('typ'),
      });
    });
  });
});

describe('the fingerprint of a key', () => {
  const known = readStoredPublicKey(
    '{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
  );

  it('is the one of the documentation', () => {
    expect(keyFingerprint(known)).toBe(
      '44004 20160 30482 33626 27461 38328 67630 87886 37513 37630 66407 34419',
    );
  });

  it('is known again however it was written down, and another is not', () => {
    const text = keyFingerprint(key.publicKey);
    expect(text).toMatch(/^\d{5}( \d{5}){11}$/);
    for (const written of [text, text.replaceAll(' ', ''), text.replaceAll(' ', '-'), ` ${text}\n`]) {
      expect(isFingerprintOf(written, key.publicKey)).toBe(true);
    }
    for (const written of ['', text.slice(1), text.replace(/\d/, (d) => String((+d + 1) % 10))]) {
      expect(isFingerprintOf(written, key.publicKey)).toBe(false);
    }
  });
});
