import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LIMITS } from '../limits.js';
import { almost, anyMutation, jsonBytes, mutated, refusalOf, utf8 } from '../refusal.arbitrary.js';
import { MOST_ERASED_LINES } from './erased-places.js';
import { anyStatement, anyStatementOf, KINDS } from './statement.arbitrary.js';
import { decodeStatement, encodeStatement, RESERVED_KINDS } from './statement-codec.js';
import type { Statement } from './statement.js';

const ROOT = '0a'.repeat(32);
const KEY = 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k';
const JWK = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const POLICY = { tlp: 'amber', types: ['pdq'], labels: [{ code: 1, label: 'a' }], corroboration: 2 };

/** One valid leaf of each kind, as JSON. */
const ADMISSION = {
  ...{ endorsements: 2, foundingMembers: 5, objectionDays: 14 },
  ...{ probationDays: 90, probationEntriesADay: 10_000, conformanceDays: 180, attestationDays: 365 },
};
const LEAVES: Record<string, Record<string, unknown>> = {
  hub: { origin: 'hub.example.org', keys: [{ purpose: 'promise', jwk: JWK }] },
  channel: { channel: 'csam', policy: POLICY },
  member: { member: 'a', code: 1, name: 'A', memberKind: 'ngo', group: 'g', accredited: false },
  member_status: { member: 'a', status: 'active' },
  key: { member: 'a', purpose: 'signing', key: KEY, jwk: JWK },
  key_revoked: { member: 'a', key: KEY, from: 0, reason: 'lost' },
  right: { member: 'a', channel: 'csam', submit: true, receive: false },
  recall: { member: 'a', from: 0 },
  agreement: { member: 'a', version: 1, digest: ROOT },
  admission_policy: { policy: ADMISSION },
  bootstrap: { staff: 2 },
  submission: { content: ROOT, author: ROOT, head: null },
  tick: {},
  published: { feeds: [{ feed: 'csam', size: 1, root: ROOT }] },
  audit: { size: 1, head: ROOT },
  state: { size: 1, root: ROOT },
  erase: { lines: [{ index: 1, line: 0 }], reason: 'legal' },
};
const leafOf = (kind: string, change: Record<string, unknown> = {}) => ({
  cairn: 'statement/1',
  kind,
  time: 5,
  ...LEAVES[kind],
  ...change,
});
const decoding = (json: unknown) => refusalOf(() => decodeStatement(jsonBytes(json)));

describe('encodeStatement and decodeStatement', () => {
  describe('when a statement is written and read', () => {
    it.each(KINDS)('gives the same %s', (kind) => {
      fc.assert(
        fc.property(anyStatementOf(kind), (statement) => {
          expect(decodeStatement(encodeStatement(statement))).toEqual(statement);
        }),
      );
    });

    it('has these bytes', () => {
      const statement: Statement = { head: null, author: ROOT, content: ROOT, kind: 'submission', time: 7 };
      expect(new TextDecoder().decode(encodeStatement(statement))).toBe(
        `{"cairn":"statement/1","kind":"submission","time":7,"head":null,"author":"${ROOT}","content":"${ROOT}"}`,
      );
    });

    it('fits 370 feeds of the longest names into a leaf', () => {
      const feed = { feed: 'f'.repeat(63), size: Number.MAX_SAFE_INTEGER, root: ROOT };
      const time = Number.MAX_SAFE_INTEGER;
      const published = (feeds: number): Statement => ({
        kind: 'published',
        feeds: Array(feeds).fill(feed),
        time,
      });
      expect(encodeStatement(published(370)).length).toBeLessThanOrEqual(LIMITS.statementBytes);
      expect(refusalOf(() => encodeStatement(published(371)))).toEqual({ code: 'BAD_FIELD', field: 'feeds' });
    });
  });

  describe('when an erasure names as many lines as it may', () => {
    it('fits into a leaf', () => {
      const lines = Array.from({ length: MOST_ERASED_LINES }, (_, at) => ({
        index: Number.MAX_SAFE_INTEGER - MOST_ERASED_LINES + at,
        line: 9999,
      }));
      const erase: Statement = {
        kind: 'erase',
        lines,
        reason: 'data_subject',
        time: Number.MAX_SAFE_INTEGER,
      };
      expect(decodeStatement(encodeStatement(erase))).toEqual(erase);
    });
  });

  describe('when a leaf is as long as a leaf can be', () => {
    it('is read', () => {
      const text = JSON.stringify(leafOf('tick'));
      expect(decodeStatement(utf8(text.padEnd(65_535)))).toEqual({ kind: 'tick', time: 5 });
    });
  });

  describe('when a statement is one that no reader takes', () => {
    it('is not written', () => {
      const writing = (statement: unknown) => refusalOf(() => encodeStatement(statement as Statement));
      expect(writing({ kind: 'tick', time: 1, extra: 1 })?.code).toBe('UNKNOWN_FIELD');
      expect(writing({ kind: 'tick' })).toEqual({ code: 'MISSING_FIELD', field: 'time' });
      expect(writing({ kind: 'tick', time: Number.NaN })).toEqual({ code: 'BAD_FIELD', field: 'time' });
      expect(writing({ kind: 'relayed', time: 1 })?.code).toBe('KIND_NOT_ENABLED');
      const name = { kind: 'member', time: 1, ...LEAVES['member'], name: '\ud800' };
      expect(writing(name)?.code).toBe('MALFORMED_JSON');
    });
  });

  describe('when any byte of a leaf is changed', () => {
    it('is refused or reads differently', () => {
      fc.assert(
        fc.property(anyStatement, anyMutation, (statement, mutation) => {
          const other = mutated(encodeStatement(statement), mutation);
          if (refusalOf(() => decodeStatement(other)) === null) {
            expect(decodeStatement(other)).not.toEqual(statement);
          }
        }),
        { numRuns: 500 },
      );
    });
  });

  describe('when a leaf is of another version or kind', () => {
    it.each(RESERVED_KINDS)('refuses the reserved kind %s by name', (kind) => {
      expect(() => decodeStatement(jsonBytes({ cairn: 'statement/1', kind, time: 1 }))).toThrow(
        `${kind} is reserved`,
      );
      expect(decoding({ cairn: 'statement/1', kind, time: 1 })).toEqual({
        code: 'KIND_NOT_ENABLED',
        field: 'kind',
      });
    });

    it('refuses unknown ones', () => {
      for (const kind of ['vote', 'toString', 'Tick', '', 7, null]) {
        expect(decoding({ cairn: 'statement/1', kind, time: 1 })).toEqual({
          code: 'UNKNOWN_KIND',
          field: 'kind',
        });
      }
      expect(decoding(leafOf('tick', { cairn: 'statement/2' }))).toEqual({
        code: 'BAD_FIELD',
        field: 'cairn',
      });
      expect(decoding({ kind: 'tick', time: 1 })).toEqual({ code: 'MISSING_FIELD', field: 'cairn' });
      expect(decoding({ cairn: 'statement/1', time: 1 })).toEqual({ code: 'MISSING_FIELD', field: 'kind' });
      expect(decoding([])).toEqual({ code: 'BAD_FIELD', field: 'statement' });
      expect(refusalOf(() => decodeStatement(utf8('{')))).toEqual({
        code: 'MALFORMED_JSON',
        field: 'statement',
      });
      expect(refusalOf(() => decodeStatement(utf8(' '.repeat(65_536))))).toEqual({
        code: 'TOO_LARGE',
        field: 'statement',
      });
    });
  });

  describe('when a member breaks its rule', () => {
    it.each(KINDS)('refuses a %s without any of its members, or with another', (kind) => {
      const leaf: Record<string, unknown> = leafOf(kind);
      expect(decoding(leaf)).toBeNull();
      expect(decoding({ ...leaf, more: 1 })).toEqual({ code: 'UNKNOWN_FIELD', field: 'more' });
      for (const field of Object.keys(leaf)) {
        expect(decoding({ ...leaf, [field]: undefined })).toEqual({ code: 'MISSING_FIELD', field });
      }
    });

    it.each<[string, string, Record<string, unknown>]>([
      ['hub', 'origin', { origin: 'Hub' }],
      ['hub', 'keys', { keys: Array(17).fill({ purpose: 'token', jwk: JWK }) }],
      ['hub', 'keys', { keys: [null] }],
      ['hub', 'keys.purpose', { keys: [{ purpose: 'log', jwk: JWK }] }],
      ['hub', 'keys.jwk.x', { keys: [{ purpose: 'token', jwk: { ...JWK, x: 'A' } }] }],
      ['channel', 'channel', { channel: 'C' }],
      ['channel', 'policy', { policy: [] }],
      ['member', 'member', { member: 'a_b' }],
      ['member', 'code', { code: 0 }],
      ['member', 'name', { name: '' }],
      ['member', 'name', { name: 'a\nb' }],
      ['member', 'name', { name: 'a\u0085b' }],
      ['member', 'name', { name: 'a'.repeat(201) }],
      ['member', 'memberKind', { memberKind: 'bank' }],
      ['member', 'group', { group: 1 }],
      ['member', 'accredited', { accredited: 'no' }],
      ['member_status', 'status', { status: 'retired' }],
      ['recall', 'member', { member: '' }],
      ['recall', 'from', { from: -1 }],
      ['agreement', 'version', { version: 0 }],
      ['agreement', 'digest', { digest: ROOT.slice(1) }],
      ['admission_policy', 'policy', { policy: null }],
      ['admission_policy', 'policy.endorsements', { policy: { ...ADMISSION, endorsements: 21 } }],
      [
        'admission_policy',
        'policy.probationEntriesADay',
        { policy: { ...ADMISSION, probationEntriesADay: 10_000_001 } },
      ],
      ['admission_policy', 'policy.conformanceDays', { policy: { ...ADMISSION, conformanceDays: 0 } }],
      ['bootstrap', 'staff', { staff: 0 }],
      ['key', 'purpose', { purpose: 'promise' }],
      ['key', 'key', { key: KEY.slice(1) }],
      ['key_revoked', 'from', { from: -1 }],
      ['key_revoked', 'reason', { reason: 'stolen' }],
      ['right', 'submit', { submit: 1 }],
      ['right', 'receive', { receive: null }],
      ['submission', 'content', { content: ROOT.toUpperCase() }],
      ['submission', 'author', { author: null }],
      ['submission', 'head', { head: 0 }],
      ['published', 'feeds', { feeds: {} }],
      ['published', 'feeds', { feeds: [0] }],
      ['published', 'feeds.size', { feeds: [{ feed: 'csam', size: -1, root: ROOT }] }],
      ['audit', 'size', { size: 0 }],
      ['audit', 'head', { head: ROOT.slice(1) }],
      ['state', 'size', { size: 0 }],
      ['state', 'root', { root: ROOT.slice(1) }],
      ['erase', 'lines', { lines: [] }],
      ['erase', 'lines', { lines: Array(1001).fill({ index: 1, line: 0 }) }],
      ['erase', 'lines', { lines: [{ index: 1, line: 0 }, null] }],
      ['erase', 'lines', { lines: [1, 1].map((line) => ({ index: 1, line })) }],
      ['erase', 'lines', { lines: [2, 1].map((line) => ({ index: 1, line })) }],
      ['erase', 'lines', { lines: [2, 1].map((index) => ({ index, line: 0 })) }],
      ['erase', 'lines.index', { lines: [{ index: -1, line: 0 }] }],
      ['erase', 'lines.line', { lines: [{ index: 1, line: 10_000 }] }],
      ['erase', 'reason', { reason: 'because' }],
      ['tick', 'time', { time: -1 }],
      ['tick', 'time', { time: '1' }],
    ])('refuses a %s with a wrong %s', (kind, field, change) => {
      expect(decoding(leafOf(kind, change))).toEqual({ code: 'BAD_FIELD', field });
    });

    it('refuses a key under the thumbprint of another', () => {
      const other = { ...JWK, x: `A${JWK.x.slice(1)}` };
      expect(decoding(leafOf('key', { jwk: other }))).toEqual({ code: 'DIGEST_MISMATCH', field: 'key' });
    });
  });

  describe('when a leaf is anything at all', () => {
    it('gives a statement or a ProtocolError', () => {
      const anyLeaf = fc.oneof(...KINDS.map((kind) => almost(leafOf(kind))));
      fc.assert(
        fc.property(anyLeaf, (json) => void decoding(json)),
        { numRuns: 500 },
      );
      fc.assert(fc.property(fc.uint8Array(), (bytes) => void refusalOf(() => decodeStatement(bytes))));
    });
  });
});
