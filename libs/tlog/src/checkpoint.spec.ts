import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatCheckpoint, parseCheckpoint } from './checkpoint.js';
import { codeOf } from './keys.arbitrary.js';
import { unhex } from './rfc9162.arbitrary.js';
import { emptyRoot } from './tree-hash.js';

const ROOT = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
const EMPTY_ROOT = '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';

describe('parseCheckpoint', () => {
  describe('when given the example of C2SP tlog-checkpoint.md', () => {
    it('gives its fields', () => {
      expect(parseCheckpoint(`example.com/behind-the-sofa\n20852163\n${ROOT}\n`)).toEqual({
        origin: 'example.com/behind-the-sofa',
        size: 20_852_163,
        root: unhex('0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62'),
        extensions: [],
      });
    });
  });

  describe('when it has extension lines, or an origin that is no key name', () => {
    it('keeps them', () => {
      const { origin, extensions } = parseCheckpoint(`my log + more\n1\n${ROOT}\nfirst\n second \n`);
      expect([origin, extensions]).toEqual(['my log + more', ['first', ' second ']]);
    });
  });

  describe('when given another spelling, or none', () => {
    it.each([
      '',
      '\n',
      'o\n1\n',
      `o\n1\n${ROOT}`,
      `\n1\n${ROOT}\n`,
      `o\n01\n${ROOT}\n`,
      `o\n\n${ROOT}\n`,
      `o\n-1\n${ROOT}\n`,
      `o\n1 \n${ROOT}\n`,
      `o\n1\n\n`,
      `o\n1\n${ROOT.slice(0, -1)}\n`,
      `o\n1\n${ROOT.replace('2I=', '2J=')}\n`,
      `o\n1\n ${ROOT}\n`,
      'o\n1\nAAAA\n',
      `o\n1\n${ROOT}\n\n`,
      `o\n1\n${ROOT}\n\nextension\n`,
      `o\n1\n${ROOT}\nextension`,
      `o\r\n1\n${ROOT}\n`,
      `o\n1\n${ROOT}\ne\tf\n`,
    ])('refuses %j', (text) => {
      expect(codeOf(() => parseCheckpoint(text))).toBe('malformed');
    });
  });

  describe('when it is longer than a note can be', () => {
    it('refuses it', () => {
      expect(codeOf(() => parseCheckpoint(`o\n1\n${ROOT}\n${'x'.repeat(65_536)}\n`))).toBe('too_large');
    });
  });

  describe('when the size is over 2^53 - 1', () => {
    it('refuses it instead of rounding it', () => {
      expect(codeOf(() => parseCheckpoint(`o\n9007199254740993\n${ROOT}\n`))).toBe('out_of_range');
    });
  });

  describe('when the log has no leaves', () => {
    it('takes the empty root only', () => {
      expect(parseCheckpoint(`o\n0\n${EMPTY_ROOT}\n`).size).toBe(0);
      expect(codeOf(() => parseCheckpoint(`o\n0\n${ROOT}\n`))).toBe('root_mismatch');
    });
  });
});

describe('formatCheckpoint', () => {
  const line = fc.stringMatching(/^[ -~é—]+$/);
  const checkpoint = fc.record({
    origin: line,
    size: fc.maxSafeNat().map((n) => Math.max(1, n)),
    root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    extensions: fc.array(line, { maxLength: 3 }),
  });

  describe('when parsed', () => {
    it('gives the same checkpoint', () => {
      fc.assert(
        fc.property(checkpoint, (given) => {
          expect(parseCheckpoint(formatCheckpoint(given))).toEqual(given);
        }),
      );
    });
  });

  describe('when the fields make no checkpoint', () => {
    const good = { origin: 'o', size: 1, root: emptyRoot() };

    it('refuses them', () => {
      expect(codeOf(() => formatCheckpoint({ ...good, origin: '' }))).toBe('malformed');
      expect(codeOf(() => formatCheckpoint({ ...good, origin: 'a\nb' }))).toBe('malformed');
      expect(codeOf(() => formatCheckpoint({ ...good, extensions: [''] }))).toBe('malformed');
      expect(codeOf(() => formatCheckpoint({ ...good, root: new Uint8Array(31) }))).toBe('malformed');
      expect(codeOf(() => formatCheckpoint({ ...good, size: 2 ** 53 }))).toBe('out_of_range');
      expect(codeOf(() => formatCheckpoint({ ...good, size: 0, root: new Uint8Array(32) }))).toBe(
        'root_mismatch',
      );
      expect(codeOf(() => formatCheckpoint({ ...good, size: 0 }))).toBeUndefined();
    });
  });
});
