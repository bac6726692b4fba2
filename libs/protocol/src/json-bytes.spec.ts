import { describe, expect, it } from '@jest/globals';
import { parseJsonBytes } from './json-bytes.js';
import { messageOf, refusalOf, utf8 } from './refusal.arbitrary.js';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? [...utf8(part)] : part)));

describe('parseJsonBytes', () => {
  describe('when the bytes are strict JSON', () => {
    it('gives the value', () => {
      expect(parseJsonBytes(utf8('{"a":[1,"é"]}'), 'body')).toEqual({ a: [1, 'é'] });
    });
  });

  describe('when they are not', () => {
    it.each([
      ['MALFORMED_UTF8', bytes('"', [0xc3], '"')],
      ['MALFORMED_UTF8', bytes([0xef, 0xbb, 0xbf], '1')],
      ['MALFORMED_JSON', utf8('{"a":1,"a":1}')],
      ['MALFORMED_JSON', utf8('1.5')],
      ['MALFORMED_JSON', utf8('{}{}')],
      ['MALFORMED_JSON', utf8('"\\ud800"')],
      ['MALFORMED_JSON', utf8(`${'['.repeat(17)}${']'.repeat(17)}`)],
      ['MALFORMED_JSON', bytes()],
    ])('refuses with %s, naming the field', (code, input) => {
      expect(refusalOf(() => parseJsonBytes(input, 'body'))).toEqual({ code, field: 'body' });
    });

    it('names position and rule, never content', () => {
      expect(messageOf(() => parseJsonBytes(utf8('{"secret":1,"secret":2}'), 'body'))).toBe(
        'body: strict JSON at position 12: a member name occurs twice',
      );
    });
  });

  describe('when what is given is no bytes at all', () => {
    it('lets the error through', () => {
      expect(() => parseJsonBytes(null as never, 'body')).toThrow(TypeError);
    });
  });
});
