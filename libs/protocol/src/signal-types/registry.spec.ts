import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyHex } from '../submission/entry.arbitrary.js';
import { signalTypeByCode, signalTypeByName, SIGNAL_TYPES } from './registry.js';

const anyType = fc.constantFrom(...SIGNAL_TYPES);

describe('the signal types', () => {
  it('have these names, stored codes and key lengths for ever', () => {
    expect(
      SIGNAL_TYPES.map(({ name, code, keyLength, perceptual }) => [name, code, keyLength, perceptual]),
    ).toEqual([
      ['md5', 1, 16, false],
      ['sha1', 2, 20, false],
      ['sha256', 3, 32, false],
      ['pdq', 4, 32, true],
    ]);
  });

  it('are found by name and by code', () => {
    for (const type of SIGNAL_TYPES) {
      expect(signalTypeByName(type.name)).toBe(type);
      expect(signalTypeByCode(type.code)).toBe(type);
    }
    expect(signalTypeByName('PDQ')).toBeUndefined();
    expect(signalTypeByName('toString')).toBeUndefined();
    expect(signalTypeByCode(0)).toBeUndefined();
  });

  describe('when a value is canonical', () => {
    it('gives the key that gives the value', () => {
      fc.assert(
        fc.property(
          anyType.chain((type) => fc.tuple(fc.constant(type), anyHex(type.keyLength))),
          ([type, value]) => {
            const parsed = type.parse(value);
            expect(parsed).toEqual({ ok: true, key: Uint8Array.from(Buffer.from(value, 'hex')) });
            expect(parsed.ok && type.format(parsed.key)).toBe(value);
          },
        ),
      );
    });
  });

  describe('when a value is spelt otherwise', () => {
    it('is refused with the rule and never repaired', () => {
      const spoil = fc.constantFrom<(value: string) => string>(
        (value) => value.slice(2),
        (value) => `${value}00`,
        (value) => value.slice(1),
        (value) => `A${value.slice(1)}`,
        (value) => `g${value.slice(1)}`,
        (value) => ` ${value.slice(1)}`,
        (value) => `${value}\n`,
        () => '',
      );
      fc.assert(
        fc.property(
          anyType.chain((type) => fc.tuple(fc.constant(type), anyHex(type.keyLength), spoil)),
          ([type, value, spoiled]) => {
            const digits = type.keyLength * 2;
            const rule = `must be exactly ${digits} lower-case hex digits (${type.name})`;
            expect(type.parse(spoiled(value))).toEqual({ ok: false, rule });
          },
        ),
      );
    });

    it('refuses a PDQ hash of 32 characters, as some lists hold it', () => {
      expect(signalTypeByName('pdq')!.parse('f8f8f0cee0f4a84f06370a22038f63f0').ok).toBe(false);
    });
  });
});
