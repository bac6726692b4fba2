import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, jsonBytes, refusalOf, utf8 } from '../refusal.arbitrary.js';
import { decodeEntryProof, encodeEntryProof, MAX_ENTRY_PROOF_BYTES, type EntryProof } from './entry-proof.js';
import { exampleProofs } from './example-proof.arbitrary.js';
import { readKeyStanding } from './key-standing.js';

const { whole, blinded, own } = await exampleProofs();
const document = JSON.parse(new TextDecoder().decode(encodeEntryProof(whole))) as Record<string, unknown>;

const digest = fc.stringMatching(/^[0-9a-f]{64}$/);
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const leaf = fc.record({ leaf: text, proof: text });
const path = fc.array(digest, { maxLength: 63 });
const author = fc.record({ body: text, manifest: text, key: leaf, hub: leaf, standing: text });
const base = {
  origin: fc.constantFrom('hub.example.org', 'localhost:8420'),
  index: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  line: fc.integer({ min: 0, max: 9999 }),
  entry: text,
  path,
  submission: leaf,
};
const none = fc.constant(null);
const seen = { content: text, decision: fc.record({ line: text, path }) };
const anyProof: fc.Arbitrary<EntryProof> = fc.oneof(
  fc.record({ ...base, ...seen, author }),
  fc.record({ ...base, ...seen, author: none }),
  fc.record({ ...base, content: none, decision: none, author }),
);

describe('an entry proof', () => {
  it('is read as it was written, and has one spelling', () => {
    fc.assert(
      fc.property(anyProof, (proof) => {
        const bytes = encodeEntryProof(proof);
        expect(decodeEntryProof(bytes)).toEqual(proof);
        expect(encodeEntryProof(decodeEntryProof(bytes))).toEqual(bytes);
      }),
    );
  });

  it.each([
    ['whole', whole],
    ['blinded', blinded],
    ['own', own],
  ])('reads the example (%s)', (_name, proof) => {
    expect(decodeEntryProof(encodeEntryProof(proof))).toEqual(proof);
  });

  it('refuses whatever is none, and says where', () => {
    fc.assert(
      fc.property(almost(document), (json) => {
        const found = refusalOf(() => decodeEntryProof(jsonBytes(json)));
        expect(found).toMatchObject({ code: expect.any(String), field: expect.any(String) });
      }),
    );
  });

  const line = (change: object): Uint8Array => utf8(`${JSON.stringify({ ...document, ...change })}\n`);
  const inAuthor = (change: object) => line({ author: { ...(document['author'] as object), ...change } });
  it.each<[string, Uint8Array, string, string]>([
    ['too long', new Uint8Array(MAX_ENTRY_PROOF_BYTES + 1), 'TOO_LARGE', 'document'],
    ['not UTF-8', Uint8Array.of(0xff), 'MALFORMED_UTF8', 'document'],
    ['not JSON', utf8('{'), 'MALFORMED_JSON', 'document'],
    ['named twice', utf8('{"cairn":"entry-proof/1","cairn":"entry-proof/1"}'), 'MALFORMED_JSON', 'document'],
    ['of another version', line({ cairn: 'entry-proof/2' }), 'BAD_FIELD', 'cairn'],
    ['with a member more', line({ more: 1 }), 'UNKNOWN_FIELD', 'more'],
    ['without LF', utf8(JSON.stringify(document)), 'BAD_FRAMING', 'document'],
    ['with white space', utf8(`${JSON.stringify(document, null, 1)}\n`), 'BAD_FRAMING', 'document'],
    [
      'with an escape',
      utf8(`${JSON.stringify(document).replace('csam', '\\u0063sam')}\n`),
      'BAD_FRAMING',
      'document',
    ],
    ['at index 0', line({ index: 0 }), 'BAD_FIELD', 'index'],
    [
      'beyond 2^53',
      utf8(JSON.stringify(document).replace('"index":5', '"index":9007199254740992')),
      'MALFORMED_JSON',
      'document',
    ],
    ['of line 10,000', line({ line: 10_000 }), 'BAD_FIELD', 'line'],
    ['with a line of 4,097 bytes', line({ entry: 'ü'.repeat(2049) }), 'TOO_LARGE', 'entry'],
    ['with a line that is none', line({ entry: 1 }), 'BAD_FIELD', 'entry'],
    ['with 64 hashes', line({ path: Array.from({ length: 64 }, () => '0'.repeat(64)) }), 'BAD_FIELD', 'path'],
    ['with a hash in upper case', line({ path: ['A'.repeat(64)] }), 'BAD_FIELD', 'path'],
    [
      'with a leaf over 64 KiB',
      line({ submission: { leaf: 'x'.repeat(65_536), proof: '' } }),
      'TOO_LARGE',
      'submission.leaf',
    ],
    [
      'with an endless proof',
      line({ submission: { leaf: '', proof: 'x'.repeat(163_841) } }),
      'TOO_LARGE',
      'submission.proof',
    ],
    ['with a decision without content', line({ content: null }), 'BAD_FIELD', 'decision'],
    ['with content without a decision', line({ decision: null }), 'BAD_FIELD', 'decision'],
    [
      'with neither content nor author',
      line({ content: null, decision: null, author: null }),
      'BAD_FIELD',
      'content',
    ],
    ['with a long manifest', inAuthor({ manifest: 'x'.repeat(4097) }), 'TOO_LARGE', 'author.manifest'],
    ['with a long standing', inAuthor({ standing: 'x'.repeat(4097) }), 'TOO_LARGE', 'author.standing'],
    ['with half a key', inAuthor({ key: { leaf: '' } }), 'MISSING_FIELD', 'author.key.proof'],
  ])('is refused when it is %s', (_name, bytes, code, field) => {
    expect(refusalOf(() => decodeEntryProof(bytes))).toEqual({ code, field });
  });
});

describe('the standing of a key', () => {
  const valid = {
    ...{ iss: 'hub.example.org', iat: 1, size: 7, member: 'a', key: 'A'.repeat(43), since: 3 },
    ...{ revoked: 5, voidFrom: 0 },
  };

  it('is read with and without a revocation', () => {
    expect(readKeyStanding(valid)).toEqual(valid);
    const good = { ...valid, revoked: null, voidFrom: null };
    expect(readKeyStanding(good)).toEqual(good);
  });

  it('is refused or read, and names the field', () => {
    fc.assert(
      fc.property(almost(valid), (json) => {
        const found = refusalOf(() => expect(readKeyStanding(json)).toEqual(json));
        if (found !== null) expect(found.field).toMatch(/^standing/);
      }),
    );
  });
});
