import { describe, expect, it } from '@jest/globals';
import { codeOf } from './keys.arbitrary.js';
import { requireLine, requireText } from './text.js';

describe('requireText', () => {
  describe('when given valid text', () => {
    it('returns it, from a string or from bytes, with a byte order mark kept', () => {
      expect(requireText('é—\n', 'text', 100)).toBe('é—\n');
      expect(requireText(new TextEncoder().encode('\ufeffé—\n'), 'text', 100)).toBe('\ufeffé—\n');
    });
  });

  describe('when given what no note may hold', () => {
    it.each(['a\tb', 'a\rb', '\u0000', '\u001f', '\u000b', '\ud800', '\udc00x'])('refuses %j', (text) => {
      expect(codeOf(() => requireText(text, 'text', 100))).toBe('malformed');
    });

    it('refuses bytes that are not UTF-8', () => {
      expect(codeOf(() => requireText(Uint8Array.of(0x61, 0xff), 'text', 100))).toBe('malformed');
    });
  });

  describe('when it is too long', () => {
    it('counts bytes, not characters', () => {
      expect(requireText('ab', 'text', 2)).toBe('ab');
      expect(requireText('é', 'text', 2)).toBe('é');
      expect(codeOf(() => requireText('abc', 'text', 2))).toBe('too_large');
      expect(codeOf(() => requireText('éa', 'text', 2))).toBe('too_large');
      expect(codeOf(() => requireText(new Uint8Array(3), 'text', 2))).toBe('too_large');
    });
  });
});

describe('requireLine', () => {
  describe('when given what is no line', () => {
    it.each(['', 'a\nb', '\n', 'a\tb', '\ud800'])('refuses %j', (line) => {
      expect(codeOf(() => requireLine(line, 'line'))).toBe('malformed');
    });
  });
});
