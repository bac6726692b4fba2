import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, anyMutation, jsonBytes, mutated, refusalOf, utf8 } from '../refusal.arbitrary.js';
import { sha256Type } from '../signal-types/sha256.signal-type.js';
import { anyEntryJson, anyHex, type EntryJson } from './entry.arbitrary.js';
import type { Entry } from './entry.js';
import { LineTemplate } from './line-template.js';
import { parseEntry } from './lines.js';

const SALT = '000102030405060708090a0b0c0d0e0f';
const MD5 = { op: 'assert', type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e', salt: SALT };
const OTHER = { value: '0cc175b9c0f1b6a831c399e269772661', salt: 'ffeeddccbbaa99887766554433221100' };

/** The template of a valid line. */
function templateOf(line: Uint8Array): LineTemplate {
  return LineTemplate.of(line, parseEntry(line))!;
}

/** What the parser says of a line, or null when it refuses it. */
function parsed(line: Uint8Array): Entry | null {
  let entry: Entry | null = null;
  refusalOf(() => (entry = parseEntry(line)));
  return entry;
}

/** A line with its members in any order. */
const anyShuffledLine = anyEntryJson.chain((json) =>
  fc
    .shuffledSubarray(Object.keys(json), { minLength: Object.keys(json).length })
    .map((names) => Object.fromEntries(names.map((name) => [name, json[name]])) as EntryJson),
);

describe('LineTemplate', () => {
  describe('when a line differs in value and salt alone', () => {
    it('reads what the parser reads', () => {
      const anyPair = anyShuffledLine.chain((json) =>
        fc.record({
          json: fc.constant(json),
          value: anyHex(json.value.length / 2),
          salt: anyHex(16),
        }),
      );
      fc.assert(
        fc.property(anyPair, ({ json, value, salt }) => {
          const line = jsonBytes({ ...json, value, salt });
          expect(templateOf(jsonBytes(json)).read(line)).toEqual(parseEntry(line));
        }),
      );
    });
  });

  describe('when a line is anything else', () => {
    it('reads what the parser reads, or nothing', () => {
      fc.assert(
        fc.property(anyShuffledLine.map(jsonBytes), anyMutation, (line, mutation) => {
          const other = mutated(line, mutation);
          const entry = templateOf(line).read(other);
          if (entry !== null) expect(entry).toEqual(parsed(other));
        }),
        { numRuns: 1000 },
      );
      fc.assert(
        fc.property(almost({ ...MD5, ...OTHER, labels: ['a'] }), (json) => {
          const line = jsonBytes(json);
          const entry = templateOf(jsonBytes({ ...MD5, labels: ['a'] })).read(line);
          if (entry !== null) expect(entry).toEqual(parsed(line));
        }),
        { numRuns: 300 },
      );
    });

    it.each<[string, string]>([
      ['another length', JSON.stringify({ ...MD5, ...OTHER, labels: [] })],
      ['another member before', JSON.stringify({ ...MD5, ...OTHER }).replace('"op"', '"oq"')],
      ['another member between', JSON.stringify({ ...MD5, ...OTHER }).replace('"salt"', '"silt"')],
      ['another end', JSON.stringify({ ...MD5, ...OTHER }).replace('"}', '",')],
      ['a value in upper case', JSON.stringify({ ...MD5, ...OTHER, value: MD5.value.toUpperCase() })],
      [
        'a salt in upper case',
        JSON.stringify({ ...MD5, ...OTHER, salt: 'FFEEDDCCBBAA99887766554433221100' }),
      ],
      ['a value that ends early', JSON.stringify({ ...MD5, ...OTHER }).replace('9772661"', '977266"1')],
      ['an escape', JSON.stringify({ ...MD5, ...OTHER }).replace('772661', '\\u0061')],
      ['a character of two bytes', JSON.stringify({ ...MD5, ...OTHER }).replace('61', 'é')],
    ])('reads nothing from %s', (_, text) => {
      expect(templateOf(jsonBytes(MD5)).read(utf8(text))).toBeNull();
    });

    it('reads nothing from bytes that are no UTF-8', () => {
      const line = jsonBytes(MD5).with(5, 0xff);
      expect(templateOf(jsonBytes(MD5)).read(line)).toBeNull();
    });

    it('reads nothing that the type refuses', () => {
      const line = jsonBytes({ ...MD5, type: 'sha256', value: 'ab'.repeat(32) });
      const entry = parseEntry(line);
      const refusing = { ...sha256Type, parse: () => ({ ok: false, rule: 'is refused' }) as const };
      expect(LineTemplate.of(line, { ...entry, type: refusing })!.read(line)).toBeNull();
    });
  });

  describe('when a line can be no pattern', () => {
    it.each<[string, string]>([
      ['white space before the value', JSON.stringify(MD5).replace('"value":', '"value": ')],
      ['white space before the salt', JSON.stringify(MD5).replace('"salt":', '"salt": ')],
      ['an escape', JSON.stringify(MD5).replace('assert', '\\u0061ssert')],
    ])('is none: %s', (_, text) => {
      expect(LineTemplate.of(utf8(text), parseEntry(utf8(text)))).toBeNull();
    });
  });
});
