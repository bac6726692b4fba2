import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, anyMutation, jsonBytes, messageOf, mutated, refusalOf, utf8 } from '../refusal.arbitrary.js';
import { formatDay } from './day.js';
import { anyEntryJson, anyHex, type EntryJson } from './entry.arbitrary.js';
import { readEntry, type Entry } from './entry.js';
import { parseEntry } from './lines.js';

const PDQ = {
  op: 'assert',
  type: 'pdq',
  value: 'f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22',
  salt: '000102030405060708090a0b0c0d0e0f',
};
const MD5 = { ...PDQ, type: 'md5', value: 'd41d8cd98f00b204e9800998ecf8427e' };
const RETRACT = { ...MD5, op: 'retract' };

/** The line that the entry was read from, its members in any order. */
function lineOf(entry: Entry): EntryJson {
  const { op, type, key, salt, ...rest } = entry;
  const base = { op, type: type.name, value: type.format(key), salt };
  if (!('labels' in rest)) return { ...base, ...rest };
  const { labels, expires, ...others } = rest;
  const given = Object.entries({ ...others, expires: expires === null ? null : formatDay(expires) });
  return { ...base, labels, ...Object.fromEntries(given.filter(([, value]) => value !== null)) };
}

describe('readEntry', () => {
  describe('when the line is valid', () => {
    it('reads all of it, and nothing else', () => {
      fc.assert(
        fc.property(anyEntryJson, (json) => {
          const defaults = json.op === 'assert' ? { labels: [] } : { reason: 'withdrawn' };
          expect(lineOf(parseEntry(jsonBytes(json)))).toEqual({ ...defaults, ...json });
        }),
      );
    });

    it('reads it in any order and with white space', () => {
      const text =
        ' { "salt" : "000102030405060708090a0b0c0d0e0f" ,\t"value":"d41d8cd98f00b204e9800998ecf8427e","type":"md5","op":"retract"} ';
      expect(parseEntry(utf8(text))).toEqual(readEntry(RETRACT));
    });

    it('reads what is not given as null, no labels, withdrawn', () => {
      const { labels, quality, expires, legalBasis, media } = readEntry(PDQ) as Entry & { op: 'assert' };
      expect([labels, quality, expires, legalBasis, media]).toEqual([[], null, null, null, null]);
      expect(readEntry(RETRACT)).toMatchObject({ op: 'retract', reason: 'withdrawn' });
    });
  });

  describe('when any byte of a line is changed', () => {
    it('is refused or reads differently', () => {
      fc.assert(
        fc.property(anyEntryJson.map(jsonBytes), anyMutation, (line, mutation) => {
          const other = mutated(line, mutation);
          if (refusalOf(() => parseEntry(other)) !== null) return;
          expect(parseEntry(other)).not.toEqual(parseEntry(line));
        }),
        { numRuns: 500 },
      );
    });
  });

  describe('when the line breaks a rule', () => {
    const seventeen = Array.from({ length: 17 }, (_, i) => `l${i + 10}`);
    it.each<[string, string, string, unknown]>([
      ['no object', 'BAD_FIELD', 'entry', [PDQ]],
      ['null', 'BAD_FIELD', 'entry', null],
      ['no op', 'MISSING_FIELD', 'op', { ...PDQ, op: undefined }],
      ['an unknown op', 'UNKNOWN_OPERATION', 'op', { ...PDQ, op: 'delete' }],
      ['an op in upper case', 'UNKNOWN_OPERATION', 'op', { ...PDQ, op: 'Assert' }],
      ['an op that every object has', 'UNKNOWN_OPERATION', 'op', { ...PDQ, op: 'constructor' }],
      ['an op that is no text', 'UNKNOWN_OPERATION', 'op', { ...PDQ, op: ['assert'] }],
      ['a reserved op: confirm', 'OPERATION_NOT_ENABLED', 'op', { ...PDQ, op: 'confirm' }],
      ['a reserved op: dispute', 'OPERATION_NOT_ENABLED', 'op', { ...PDQ, op: 'dispute' }],
      ['a reserved op: sighting', 'OPERATION_NOT_ENABLED', 'op', { ...PDQ, op: 'sighting' }],
      ['no type', 'MISSING_FIELD', 'type', { ...PDQ, type: undefined }],
      ['an unknown type', 'UNKNOWN_TYPE', 'type', { ...PDQ, type: 'sha512' }],
      ['a type that is no text', 'UNKNOWN_TYPE', 'type', { ...PDQ, type: 4 }],
      ['no value', 'MISSING_FIELD', 'value', { ...PDQ, value: undefined }],
      ['a value that is no text', 'BAD_VALUE', 'value', { ...PDQ, value: 0 }],
      ['a value of wrong length', 'BAD_VALUE', 'value', { ...MD5, value: `${MD5.value}00` }],
      ['a value in upper case', 'BAD_VALUE', 'value', { ...PDQ, value: PDQ.value.toUpperCase() }],
      ['a PDQ hash of 32 characters', 'BAD_VALUE', 'value', { ...PDQ, value: PDQ.value.slice(0, 32) }],
      ['no salt', 'MISSING_FIELD', 'salt', { ...PDQ, salt: undefined }],
      ['a salt of 64 bits', 'BAD_FIELD', 'salt', { ...PDQ, salt: '0'.repeat(16) }],
      ['a salt in upper case', 'BAD_FIELD', 'salt', { ...PDQ, salt: 'A'.repeat(32) }],
      ['an unknown field', 'UNKNOWN_FIELD', 'severity', { ...PDQ, severity: 1 }],
      ['a reason to assert', 'UNKNOWN_FIELD', 'reason', { ...PDQ, reason: 'error' }],
      ['labels to retract', 'UNKNOWN_FIELD', 'labels', { ...RETRACT, labels: [] }],
      ['an unknown reason', 'BAD_FIELD', 'reason', { ...RETRACT, reason: 'expired' }],
      ['no reason but null', 'BAD_FIELD', 'reason', { ...RETRACT, reason: null }],
      ['quality of an exact hash', 'BAD_FIELD', 'quality', { ...MD5, quality: 50 }],
      ['quality above 100', 'BAD_FIELD', 'quality', { ...PDQ, quality: 101 }],
      ['quality below 0', 'BAD_FIELD', 'quality', { ...PDQ, quality: -1 }],
      ['quality null', 'BAD_FIELD', 'quality', { ...PDQ, quality: null }],
      ['labels not sorted', 'BAD_FIELD', 'labels', { ...PDQ, labels: ['b', 'a'] }],
      ['labels twice', 'BAD_FIELD', 'labels', { ...PDQ, labels: ['a', 'a'] }],
      ['too many labels', 'BAD_FIELD', 'labels', { ...PDQ, labels: seventeen }],
      ['a label that is no code', 'BAD_FIELD', 'labels', { ...PDQ, labels: ['A'] }],
      ['labels in a text', 'BAD_FIELD', 'labels', { ...PDQ, labels: 'a' }],
      ['a day that is none', 'BAD_FIELD', 'expires', { ...PDQ, expires: '2023-02-29' }],
      ['a time as day', 'BAD_FIELD', 'expires', { ...PDQ, expires: '2024-01-01T00:00:00Z' }],
      ['a number as day', 'BAD_FIELD', 'expires', { ...PDQ, expires: 19_000 }],
      ['a legal basis that is no code', 'BAD_FIELD', 'legalBasis', { ...PDQ, legalBasis: 'Art. 6' }],
      ['an unknown medium', 'BAD_FIELD', 'media', { ...PDQ, media: 'film' }],
    ])('refuses %s', (_, code, field, json) => {
      expect(refusalOf(() => parseEntry(jsonBytes(json)))).toEqual({ code, field });
    });

    it('refuses two members of one name', () => {
      const line = JSON.stringify(PDQ).replace('{', '{"op":"retract",');
      expect(refusalOf(() => parseEntry(utf8(line)))).toEqual({ code: 'MALFORMED_JSON', field: 'entry' });
    });

    it('says the rule', () => {
      expect(messageOf(() => readEntry({ ...PDQ, value: PDQ.value.slice(0, 32) }))).toBe(
        'value: must be exactly 64 lower-case hex digits (pdq)',
      );
      expect(messageOf(() => readEntry({ ...PDQ, op: 'dispute' }))).toBe(
        'op: dispute is not enabled on this hub; use assert or retract',
      );
      expect(messageOf(() => readEntry({ ...PDQ, expires: '2024-02-30' }))).toBe(
        'expires: must be a day of the calendar as YYYY-MM-DD, from 1970-01-01 on',
      );
    });
  });

  describe('when values stand in the wrong places', () => {
    it('never repeats them', () => {
      const names = ['op', 'type', 'value', 'salt', 'labels', 'quality', 'expires', 'legalBasis', 'media'];
      const place = fc.oneof(fc.constantFrom(...names), anyHex(16));
      fc.assert(
        fc.property(anyHex(30), place, fc.boolean(), (value, name, inArray) => {
          const json = { ...PDQ, value, [name]: inArray ? [value] : value };
          const message = messageOf(() => readEntry(json));
          expect(message).not.toContain(value.slice(0, 16));
          expect(names.includes(name) || !message.includes(name)).toBe(true);
        }),
      );
    });
  });

  describe('when the line is anything at all', () => {
    it('gives an entry or a ProtocolError', () => {
      const valid = {
        ...PDQ,
        labels: ['a'],
        quality: 1,
        expires: '2030-01-01',
        legalBasis: 'x',
        media: 'image',
      };
      fc.assert(
        fc.property(fc.oneof(almost(valid), almost({ ...RETRACT, reason: 'error' })), (json) => {
          refusalOf(() => readEntry(json));
        }),
        { numRuns: 300 },
      );
      fc.assert(fc.property(fc.uint8Array(), (bytes) => void refusalOf(() => parseEntry(bytes))));
    });
  });
});
