import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, anyMutation, jsonBytes, mutated, refusalOf } from '../refusal.arbitrary.js';
import {
  commitment,
  decodeAuthor,
  decodeContent,
  encodeAuthor,
  encodeContent,
  type AuthorBody,
  type ContentBody,
} from './commitments.js';
import { anyAuthor, anyContent } from './statement.arbitrary.js';

const SALT = '000102030405060708090a0b0c0d0e0f';
const ROOT = '0a'.repeat(32);
const CONTENT: ContentBody = {
  salt: SALT,
  channel: 'csam',
  attribution: 'named',
  count: 6,
  root: ROOT,
  decisions: ROOT,
  accepted: 3,
  held: 2,
  rejected: 1,
};
const AUTHOR: AuthorBody = {
  salt: SALT,
  member: 'hotline-a',
  group: 'group-a',
  key: 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k',
  counter: 1,
  manifest: ROOT,
};
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe('commitment', () => {
  it('is SHA-256 over the exact bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(commitment(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
      }),
    );
  });
});

describe('the content body', () => {
  it('has these bytes', () => {
    expect(text(encodeContent(CONTENT))).toBe(
      `{"cairn":"content/1","salt":"${SALT}","channel":"csam","attribution":"named","count":6,"root":"${ROOT}",` +
        `"decisions":"${ROOT}","accepted":3,"held":2,"rejected":1}`,
    );
  });

  it('is read back', () => {
    fc.assert(
      fc.property(anyContent, (body) => void expect(decodeContent(encodeContent(body))).toEqual(body)),
    );
  });

  it('is refused or reads differently when any byte is changed', () => {
    fc.assert(
      fc.property(anyContent, anyMutation, (body, mutation) => {
        const other = mutated(encodeContent(body), mutation);
        if (refusalOf(() => decodeContent(other)) === null) expect(decodeContent(other)).not.toEqual(body);
      }),
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['BAD_FIELD', 'content.cairn', { cairn: 'author/1' }],
    ['BAD_FIELD', 'content.salt', { salt: '00' }],
    ['BAD_FIELD', 'content.channel', { channel: 'C' }],
    ['BAD_FIELD', 'content.attribution', { attribution: null }],
    ['BAD_FIELD', 'content.count', { count: 0 }],
    ['BAD_FIELD', 'content.count', { count: 7 }],
    ['BAD_FIELD', 'content.root', { root: '' }],
    ['BAD_FIELD', 'content.decisions', { decisions: '' }],
    ['BAD_FIELD', 'content.accepted', { accepted: -1 }],
    ['BAD_FIELD', 'content.held', { held: 10_001 }],
    ['BAD_FIELD', 'content.rejected', { rejected: '1' }],
    ['UNKNOWN_FIELD', 'content.member', { member: 'a' }],
    ['MISSING_FIELD', 'content.held', { held: undefined }],
  ])('is refused with %s of %s', (code, field, change) => {
    const json = { cairn: 'content/1', ...CONTENT, ...change };
    const refusal = refusalOf(() => decodeContent(jsonBytes(json)));
    expect(refusal).toEqual({ code, field });
  });

  it('gives a body or a ProtocolError, whatever it is', () => {
    const anyJson = almost({ cairn: 'content/1', ...CONTENT });
    fc.assert(fc.property(anyJson, (json) => void refusalOf(() => decodeContent(jsonBytes(json)))));
  });
});

describe('the author body', () => {
  it('has these bytes', () => {
    expect(text(encodeAuthor(AUTHOR))).toBe(
      `{"cairn":"author/1","salt":"${SALT}","member":"hotline-a","group":"group-a",` +
        `"key":"${AUTHOR.key}","counter":1,"manifest":"${ROOT}"}`,
    );
  });

  it('is read back', () => {
    fc.assert(fc.property(anyAuthor, (body) => void expect(decodeAuthor(encodeAuthor(body))).toEqual(body)));
  });

  it('is refused or reads differently when any byte is changed', () => {
    fc.assert(
      fc.property(anyAuthor, anyMutation, (body, mutation) => {
        const other = mutated(encodeAuthor(body), mutation);
        if (refusalOf(() => decodeAuthor(other)) === null) expect(decodeAuthor(other)).not.toEqual(body);
      }),
    );
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['BAD_FIELD', 'author.cairn', { cairn: 'content/1' }],
    ['BAD_FIELD', 'author.salt', { salt: SALT.toUpperCase() }],
    ['BAD_FIELD', 'author.member', { member: 'A' }],
    ['BAD_FIELD', 'author.group', { group: '' }],
    ['BAD_FIELD', 'author.key', { key: 'k' }],
    ['BAD_FIELD', 'author.counter', { counter: 0 }],
    ['BAD_FIELD', 'author.manifest', { manifest: SALT }],
    ['UNKNOWN_FIELD', 'author.channel', { channel: 'csam' }],
    ['MISSING_FIELD', 'author.group', { group: undefined }],
  ])('is refused with %s of %s', (code, field, change) => {
    const json = { cairn: 'author/1', ...AUTHOR, ...change };
    expect(refusalOf(() => decodeAuthor(jsonBytes(json)))).toEqual({ code, field });
  });

  it('gives a body or a ProtocolError, whatever it is', () => {
    const anyJson = almost({ cairn: 'author/1', ...AUTHOR });
    fc.assert(fc.property(anyJson, (json) => void refusalOf(() => decodeAuthor(jsonBytes(json)))));
  });
});
