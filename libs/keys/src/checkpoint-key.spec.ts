import { describe, expect, it } from '@jest/globals';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { deriveCheckpointKey } from './checkpoint-key.js';

const seed = Uint8Array.from({ length: 32 }, (_, i) => i);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('deriveCheckpointKey', () => {
  it('derives what RFC 5869 and RFC 8032 give by another implementation', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.string({ minLength: 1 }),
        fc.uint8Array(),
        (secret, origin, message) => {
          const expected = hkdf(sha256, secret, undefined, bytes(`cairn/checkpoint-key/v1\n${origin}`), 32);
          const key = deriveCheckpointKey(secret, origin);
          expect([...key.publicKey]).toEqual([...ed25519.getPublicKey(expected)]);
          expect([...key.sign(message)]).toEqual([...ed25519.sign(message, expected)]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps giving the keys it has always given', () => {
    expect(Buffer.from(deriveCheckpointKey(seed, 'hub.example.org/log').publicKey).toString('hex')).toBe(
      'b61d3dd45d4bb9963cc2600d64ff28b01199a5bdbf866799440c16158702d813',
    );
  });

  it('gives every log a key of its own', () => {
    const origins = [
      'hub.example.org/log',
      'hub.example.org/feed/csam',
      'hub.example.org/feed/csa',
      'hub.example.org/log\n',
    ];
    const keys = origins.map((origin) =>
      Buffer.from(deriveCheckpointKey(seed, origin).publicKey).toString('hex'),
    );
    expect(new Set(keys).size).toBe(origins.length);
  });

  it.each([0, 31, 33, 64])('refuses a seed of %s bytes', (length) => {
    expect(() => deriveCheckpointKey(new Uint8Array(length), 'o')).toThrow(
      expect.objectContaining({ code: 'INVALID_SEED' }),
    );
  });

  it('refuses a log without a name', () => {
    expect(() => deriveCheckpointKey(seed, '')).toThrow(expect.objectContaining({ code: 'INVALID_ORIGIN' }));
  });
});
