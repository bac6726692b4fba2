import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { conformanceAnswer } from './conformance.js';

const salt = new Uint8Array(32).fill(7);
const key = (byte: number) => new Uint8Array(32).fill(byte);

describe('conformanceAnswer', () => {
  it('is SHA-256 over prefix, salt and keys', () => {
    const hash = createHash('sha256').update('cairn-conformance/1\n').update(salt);
    const expected = hash.update(key(1)).update(key(2)).digest('hex');
    expect(conformanceAnswer(salt, [key(1), key(2)])).toBe(expected);
  });

  it('differs by salt, by what is held and by its order', () => {
    const answers = [
      conformanceAnswer(salt, []),
      conformanceAnswer(salt, [key(1)]),
      conformanceAnswer(salt, [key(1), key(2)]),
      conformanceAnswer(salt, [key(2), key(1)]),
      conformanceAnswer(key(8), [key(1), key(2)]),
    ];
    expect(new Set(answers).size).toBe(answers.length);
  });
});
