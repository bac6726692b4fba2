import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  requireArray,
  requireAscending,
  requireBase64url32,
  requireBoolean,
  requireCode,
  requireDigest,
  requireInteger,
  requireMember,
  requireMembers,
  requireName,
  requireObject,
  requireOneOf,
  requireSalt,
  requireText,
  requireThumbprint,
} from './fields.js';
import { messageOf, refusalOf } from './refusal.arbitrary.js';

const BAD = { code: 'BAD_FIELD', field: 'f' };

describe('the rules of fields', () => {
  describe('when a value keeps its rule', () => {
    it('is returned', () => {
      const object = { a: 1 };
      expect(requireObject(object, 'f')).toBe(object);
      expect(requireText('ab', 'f', /^ab$/, 'r')).toBe('ab');
      expect(requireInteger(0, 'f', 0)).toBe(0);
      expect(requireInteger(Number.MAX_SAFE_INTEGER, 'f', 0)).toBe(Number.MAX_SAFE_INTEGER);
      expect(requireInteger(7, 'f', 7, 7)).toBe(7);
      expect(requireOneOf('x', 'f', ['x', 'y'])).toBe('x');
      expect(requireBoolean(false, 'f')).toBe(false);
      expect(requireArray([1, 2], 'f', 2)).toEqual([1, 2]);
      expect(requireDigest('0a'.repeat(32), 'f')).toBe('0a'.repeat(32));
      expect(requireSalt('0a'.repeat(16), 'f')).toBe('0a'.repeat(16));
      expect(requireName('a', 'f')).toBe('a');
      expect(requireName(`a${'-'.repeat(61)}b`, 'f')).toHaveLength(63);
      expect(requireCode(`a${'._-'.repeat(20)}bcd`, 'f')).toHaveLength(64);
      expect(() => requireAscending([], 'f')).not.toThrow();
      expect(() => requireAscending(['a', 'b'], 'f')).not.toThrow();
      expect(() => requireMember({ a: undefined }, 'a')).not.toThrow();
    });
  });

  describe('when a value breaks its rule', () => {
    it.each<[string, () => unknown]>([
      ['null as object', () => requireObject(null, 'f')],
      ['an array as object', () => requireObject([], 'f')],
      ['a text as object', () => requireObject('{}', 'f')],
      ['a text that matches in part', () => requireText('xaby', 'f', /^ab$/, 'r')],
      ['a text with a line feed behind it', () => requireText('ab\n', 'f', /^ab$/, 'r')],
      ['a number as text', () => requireText(1, 'f', /./, 'r')],
      ['a number below the least', () => requireInteger(-1, 'f', 0)],
      ['a number above the most', () => requireInteger(8, 'f', 7, 7)],
      ['a fraction', () => requireInteger(0.5, 'f', 0)],
      ['an unsafe integer', () => requireInteger(2 ** 53, 'f', 0)],
      ['a number in a text', () => requireInteger('1', 'f', 0)],
      ['a word that is not listed', () => requireOneOf('z', 'f', ['x', 'y'])],
      ['a member of every object as word', () => requireOneOf('toString', 'f', ['x', 'y'])],
      ['a number as word', () => requireOneOf(0, 'f', ['0'])],
      ['a number as truth', () => requireBoolean(1, 'f')],
      ['an array that is too long', () => requireArray([1, 2], 'f', 1)],
      ['an object as array', () => requireArray({ length: 0 }, 'f', 1)],
      ['a digest in upper case', () => requireDigest('0A'.repeat(32), 'f')],
      ['a digest that is too short', () => requireDigest('0a'.repeat(31), 'f')],
      ['a salt that is too long', () => requireSalt('0a'.repeat(17), 'f')],
      ['an empty name', () => requireName('', 'f')],
      ['a name with a hyphen at its end', () => requireName('a-', 'f')],
      ['a name with a dot', () => requireName('a.b', 'f')],
      ['a name of 64', () => requireName('a'.repeat(64), 'f')],
      ['a code with a dot before it', () => requireCode('.a', 'f')],
      ['a code of 65', () => requireCode('a'.repeat(65), 'f')],
      ['the same twice', () => requireAscending([1, 1], 'f')],
      ['descending', () => requireAscending(['a', 'c', 'b'], 'f')],
    ])('refuses %s', (_, act) => {
      expect(refusalOf(act)).toEqual(BAD);
    });

    it('says the range of an integer', () => {
      expect(messageOf(() => requireInteger('', 'f', 2))).toBe('f: must be an integer of at least 2');
      expect(messageOf(() => requireInteger('', 'f', 2, 3))).toBe('f: must be an integer from 2 to 3');
    });
  });
});

describe('requireMembers', () => {
  describe('when members are missing or unknown', () => {
    it('names the first missing one', () => {
      expect(refusalOf(() => requireMembers({ b: 1 }, ['a', 'b'], [], 'x.'))).toEqual({
        code: 'MISSING_FIELD',
        field: 'x.a',
      });
    });

    it('does not take what every object has for a member', () => {
      expect(refusalOf(() => requireMembers({}, ['constructor'], []))?.code).toBe('MISSING_FIELD');
    });

    it('names a misspelt one', () => {
      expect(refusalOf(() => requireMembers({ a: 1, lables: 2 }, ['a'], ['labels'], 'x.'))).toEqual({
        code: 'UNKNOWN_FIELD',
        field: 'x.lables',
      });
    });

    it('never shows a name that could be a value', () => {
      const names = fc.oneof(
        fc.stringMatching(/^[a-f][0-9a-f]{31}$/),
        fc.stringMatching(/^[a-z]{17,40}$/),
        fc.webUrl(),
        fc.constantFrom('__proto__', '', 'a b'),
      );
      fc.assert(
        fc.property(names, (name) => {
          const object = Object.fromEntries([[name, 1]]);
          expect(messageOf(() => requireMembers(object, [], [], 'x.'))).toBe(
            'x.(a member): is not a field of this object',
          );
        }),
      );
    });
  });

  describe('when all are there', () => {
    it('accepts them with or without the optional ones', () => {
      expect(refusalOf(() => requireMembers({ a: 1 }, ['a'], ['b']))).toBeNull();
      expect(refusalOf(() => requireMembers({ a: 1, b: 1 }, ['a'], ['b']))).toBeNull();
    });
  });
});

describe('base64url of 32 bytes', () => {
  const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
  const anyText = bytes.map((raw) => Buffer.from(raw).toString('base64url'));

  describe('when it is canonical', () => {
    it('is a thumbprint and a coordinate', () => {
      fc.assert(
        fc.property(anyText, (text) => {
          expect(requireThumbprint(text, 'f')).toBe(text);
          expect(requireBase64url32(text, 'f')).toBe(text);
        }),
      );
    });
  });

  describe('when its spare bits are set, or it is padded', () => {
    it('is refused: it would be a second name for one key', () => {
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      fc.assert(
        fc.property(anyText, fc.integer({ min: 1, max: 3 }), (text, spare) => {
          const other = text.slice(0, 42) + alphabet[alphabet.indexOf(text[42]!) + spare]!;
          expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(text, 'base64url'));
          expect(refusalOf(() => requireThumbprint(other, 'f'))).toEqual(BAD);
          expect(refusalOf(() => requireBase64url32(other, 'f'))).toEqual(BAD);
          expect(refusalOf(() => requireBase64url32(`${text}=`, 'f'))).toEqual(BAD);
        }),
      );
    });
  });
});
