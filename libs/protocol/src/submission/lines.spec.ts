import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { merkleRoot } from '#libs/tlog';
import { toHex } from '../hex.js';
import { LIMITS } from '../limits.js';
import { jsonBytes, messageOf, refusalOf, utf8 } from '../refusal.arbitrary.js';
import { anyEntryJson } from './entry.arbitrary.js';
import { linesRoot, parseEntries, parseEntry, splitLines } from './lines.js';

const anyLine = fc
  .uint8Array({ minLength: 1, maxLength: 40 })
  .map((line) => line.map((byte) => (byte === 0x0a || byte === 0x0d ? 0x20 : byte)))
  .filter((line) => toHex(line.subarray(0, 3)) !== 'efbbbf');
const anyLines = fc.array(anyLine, { minLength: 1, maxLength: 20 });

const joined = (lines: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(lines.flatMap((line) => [...line, 0x0a]));
const repeated = (line: string, times: number): Uint8Array => utf8(`${line}\n`.repeat(times));
const splitting = (bytes: Uint8Array) => refusalOf(() => splitLines(bytes));
const framing = (line?: number) =>
  line === undefined
    ? { code: 'BAD_FRAMING', field: 'entries' }
    : { code: 'BAD_FRAMING', field: 'entries', line };

describe('splitLines', () => {
  describe('when every line ends in LF', () => {
    it('gives the exact bytes before each', () => {
      fc.assert(
        fc.property(anyLines, (lines) => {
          expect(splitLines(joined(lines)).map(toHex)).toEqual(lines.map(toHex));
        }),
      );
    });

    it('takes 10,000 lines, lines of 4,096 bytes and 4 MiB', () => {
      expect(splitLines(repeated('{}', 10_000))).toHaveLength(10_000);
      expect(splitLines(repeated('x'.repeat(4096), 1))).toHaveLength(1);
      expect(splitLines(repeated('x'.repeat(4095), 1024))).toHaveLength(1024);
    });
  });

  describe('when the framing is broken', () => {
    it('refuses no line at all', () => {
      expect(splitting(utf8(''))).toEqual(framing());
    });

    it('names the first line at fault', () => {
      expect(splitting(utf8('{}'))).toEqual(framing(0));
      expect(splitting(utf8('{}\n{}'))).toEqual(framing(1));
      expect(splitting(utf8('\n'))).toEqual(framing(0));
      expect(splitting(utf8('{}\n\n{}\n'))).toEqual(framing(1));
      expect(splitting(utf8('{}\n{}\n\n'))).toEqual(framing(2));
      expect(splitting(utf8('{}\r\n{}\r\n'))).toEqual(framing(0));
      expect(splitting(utf8('{}\n{\r}\n\n'))).toEqual(framing(1));
      expect(splitting(utf8('\ufeff{}\n'))).toEqual(framing(0));
      expect(splitting(utf8(`{}\n${'x'.repeat(4097)}\n`))).toEqual(framing(1));
      expect(splitting(utf8(`{}\n{}\n{}\n{}\n\n${'{}\n'.repeat(10_000)}`))).toEqual(framing(4));
    });

    it('says the rule', () => {
      expect(messageOf(() => splitLines(utf8('\n')))).toBe('line 0: entries: must not hold an empty line');
      expect(messageOf(() => splitLines(utf8('{}')))).toBe('line 0: entries: must end in LF');
    });

    it('takes nothing but a whole byte-order mark for one', () => {
      for (const bytes of [
        [0xef, 0xbb, 0x41],
        [0xef, 0x41, 0xbf],
        [0x41, 0xbb, 0xbf],
      ]) {
        expect(splitLines(Uint8Array.of(...bytes, 0x0a))).toHaveLength(1);
      }
    });

    it('leaves a byte-order mark on a later line to its parser', () => {
      expect(refusalOf(() => parseEntry(splitLines(utf8('{}\n\ufeff{}\n'))[1]!))?.code).toBe(
        'MALFORMED_UTF8',
      );
    });
  });

  describe('when there is too much', () => {
    it('refuses 10,001 lines and 4 MiB + 1', () => {
      expect(splitting(repeated('{}', 10_001))).toEqual({ code: 'TOO_MANY_ENTRIES', field: 'entries' });
      expect(splitting(new Uint8Array(LIMITS.entriesBytes + 1))).toEqual({
        code: 'TOO_LARGE',
        field: 'entries',
      });
    });

    it('refuses 4 MiB of line feeds at the first', () => {
      const bytes = new Uint8Array(LIMITS.entriesBytes).fill(0x0a);
      const start = performance.now();
      expect(splitting(bytes)).toEqual(framing(0));
      expect(performance.now() - start).toBeLessThan(500);
    });
  });
});

describe('linesRoot', () => {
  it('is the RFC 9162 root over the lines', () => {
    fc.assert(
      fc.property(anyLines, (lines) => {
        expect(linesRoot(splitLines(joined(lines)))).toBe(toHex(merkleRoot(lines)));
      }),
    );
  });
});

describe('parseEntries', () => {
  describe('when all lines are valid', () => {
    it('gives their entries in order', () => {
      fc.assert(
        fc.property(fc.array(anyEntryJson, { minLength: 1, maxLength: 5 }), (jsons) => {
          const lines = jsons.map(jsonBytes);
          expect(parseEntries(lines)).toEqual(lines.map(parseEntry));
        }),
      );
    });

    it('reads those that are written with escapes', () => {
      const [one, other] = ['0', '1'].map((digit) =>
        utf8(`{"op":"assert","type":"md\\u0035","value":"${digit.repeat(32)}","salt":"${digit.repeat(32)}"}`),
      );
      expect(parseEntries([one!, other!])).toEqual([parseEntry(one!), parseEntry(other!)]);
      expect(parseEntry(other!).type.name).toBe('md5');
    });
  });

  describe('when lines are bad', () => {
    it('names the first by its number', () => {
      fc.assert(
        fc.property(anyEntryJson, fc.nat(5), (json, good) => {
          const line = jsonBytes(json);
          const bad = jsonBytes({ ...json, salt: 'x' });
          expect(
            refusalOf(() => parseEntries([...Array<Uint8Array>(good).fill(line), bad, utf8('{'), line])),
          ).toEqual({
            code: 'BAD_FIELD',
            field: 'salt',
            line: good,
          });
        }),
      );
    });

    it('says it in the message', () => {
      expect(messageOf(() => parseEntries([utf8('{')]))).toBe(
        'line 0: entry: strict JSON at position 1: expected a member name',
      );
    });
  });

  describe('when something else goes wrong', () => {
    it('lets the error through', () => {
      expect(() => parseEntries([null as never])).toThrow(TypeError);
    });
  });
});
