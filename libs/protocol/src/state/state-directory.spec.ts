import { describe, expect, it } from '@jest/globals';
import { keyOf } from '../projection/history.arbitrary.js';
import { refusalOf, utf8 } from '../refusal.arbitrary.js';
import { decodeStateDirectory } from './state-directory-decoder.js';
import { MAX_STATE_LEAF_BYTES } from './state-leaves.js';
import { exampleHistory, leavesOf, stateAt } from './state.arbitrary.js';

const SALT = '0123456789abcdef';
const lines = new TextDecoder()
  .decode(leavesOf(stateAt(exampleHistory(), exampleHistory().size))[0]!.subarray(16))
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Record<string, unknown>);

type Lines = Record<string, unknown>[];
const decode = (text: string) => refusalOf(() => decodeStateDirectory(utf8(SALT + text)));
const spelled = (changed: Lines) => changed.map((line) => `${JSON.stringify(line)}\n`).join('');
const decoding = (change: (lines: Lines) => void) => {
  const copy = structuredClone(lines);
  change(copy);
  return decode(spelled(copy));
};
const lineOf = (name: string, value: string) => lines.findIndex((line) => line[name] === value);
const MEMBER = lineOf('member', 'alpha');
const KEY = lineOf('key', keyOf('alpha', 'one'));
const CHANNEL = lineOf('channel', 'csam');
const RIGHT = lines.findIndex((line) => 'submit' in line);
const swap = (at: number) => (changed: Lines) =>
  changed.splice(at, 2, changed[at + 1]!, changed[at]!) as unknown as void;

describe('decodeStateDirectory', () => {
  describe('when the bytes are no directory', () => {
    it('refuses them by their framing', () => {
      const framing = { code: 'BAD_FRAMING', field: 'state' };
      expect(decode(spelled(lines))).toBeNull();
      expect(decode('')).toEqual(framing);
      expect(decode(spelled(lines).slice(0, -1))).toEqual(framing);
      expect(decode(`${spelled(lines)}{}\n`)).toEqual(framing);
      expect(decode(spelled(lines.slice(0, -1)))).toEqual(framing);
      expect(refusalOf(() => decodeStateDirectory(utf8(SALT.slice(1))))).toEqual(framing);
      expect(decode('{\n')).toEqual({ code: 'MALFORMED_JSON', field: 'state' });
      expect(decode('[]\n')).toEqual({ code: 'BAD_FIELD', field: 'state' });
    });

    it('refuses more than a leaf may have before it reads any of it', () => {
      const huge = { length: MAX_STATE_LEAF_BYTES + 1 } as Uint8Array;
      expect(refusalOf(() => decodeStateDirectory(huge))?.code).toBe('TOO_LARGE');
    });

    it('refuses every other spelling', () => {
      const framing = { code: 'BAD_FRAMING', field: 'state' };
      expect(decode(spelled(lines).replace('{"cairn"', '{ "cairn"'))).toEqual(framing);
      expect(decode(spelled(lines).replace('\n', '\r\n'))).toEqual(framing);
      expect(decode(spelled(lines).replace('"size"', '"\\u0073ize"'))).toEqual(framing);
      const turned = Object.fromEntries(Object.entries(lines[MEMBER]!).reverse());
      expect(decoding((changed) => void (changed[MEMBER] = turned))).toEqual(framing);
    });
  });

  describe('when a member of a line is missing, or is one too many', () => {
    it.each([
      ['the header', 0],
      ['a member', MEMBER],
      ['a key', KEY],
      ['a channel', CHANNEL],
      ['a right', RIGHT],
    ])('refuses %s', (_, at) => {
      for (const field of Object.keys(lines[at]!)) {
        expect(decoding((changed) => void delete changed[at]![field])).toEqual({
          code: 'MISSING_FIELD',
          field,
        });
      }
      expect(decoding((changed) => void (changed[at]!['more'] = 1))).toEqual({
        code: 'UNKNOWN_FIELD',
        field: 'more',
      });
    });
  });

  describe('when a field breaks its rule', () => {
    it.each<[string, string, number, unknown]>([
      ['another version', 'cairn', 0, 'state/2'],
      ['no statement', 'size', 0, 0],
      ['a time before 1970', 'time', 0, -1],
      ['a tick after the last statement', 'now', 0, Number.MAX_SAFE_INTEGER],
      ['an origin that is none', 'origin', 0, null],
      ['a count that is none', 'members', 0, -1],
      ['a member without a name', 'member', MEMBER, ''],
      ['no code', 'code', MEMBER, 0],
      ['the code of another', 'code', MEMBER + 1, lines[MEMBER]!['code']],
      ['a name of nothing', 'name', MEMBER, ''],
      ['another kind', 'memberKind', MEMBER, 'bank'],
      ['an accredited platform', 'accredited', MEMBER, true],
      ['a group that is none', 'group', MEMBER, 'A'],
      ['another status', 'status', MEMBER, 'gone'],
      ['submissions below none', 'submissions', MEMBER, -1],
      ['a key that is none', 'key', KEY, 'A'],
      ['the key of nobody', 'member', KEY, 'zulu'],
      ['a key for something else', 'purpose', KEY, 'log'],
      ['a revocation that is still to come', 'revokedAt', KEY, lines[0]!['size']],
      ['a channel that is none', 'channel', CHANNEL, 'C'],
      ['a policy that is none', 'policy', CHANNEL, null],
      ['a right on no channel', 'channel', RIGHT, 'zulu'],
      ['a right of nobody', 'member', RIGHT, 'zulu'],
      ['a right that is neither', 'submit', RIGHT, 1],
      ['a right to receive that is neither', 'receive', RIGHT, null],
    ])('refuses %s', (_, field, at, value) => {
      expect(decoding((changed) => void (changed[at]![field] = value))).toEqual({ code: 'BAD_FIELD', field });
    });

    it('refuses a right of a government body', () => {
      const governed = (changed: Lines) => void (changed[MEMBER]!['memberKind'] = 'government');
      expect(decoding(governed)).toEqual({ code: 'BAD_FIELD', field: 'member' });
    });

    it.each([
      ['members', MEMBER],
      ['keys', KEY],
      ['channels', CHANNEL],
      ['rights', RIGHT],
    ])('refuses %s in another order', (field, at) => {
      expect(decoding(swap(at))).toEqual({ code: 'BAD_FIELD', field });
    });
  });
});
