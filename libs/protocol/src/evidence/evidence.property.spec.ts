import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf, utf8 } from '../refusal.arbitrary.js';
import { DECISION_CODES, VERDICTS, type Decision } from '../submission/decisions.js';
import { decodeDecisionColumn, encodeDecisionColumn } from './decision-column.js';
import { decodeEvidence, encodeEvidence, MAX_EVIDENCE_BYTES, type ShownSubmission } from './evidence-file.js';

const index = fc.oneof(fc.nat(1000), fc.nat(2 ** 31), fc.maxSafeNat()).map((n) => Math.min(n, 2 ** 53 - 3));
const decision: fc.Arbitrary<Decision> = fc.record({
  verdict: fc.constantFrom(...VERDICTS),
  code: fc.constantFrom(null, ...DECISION_CODES),
  prev: fc.option(index),
});
const bytes = fc.uint8Array({ maxLength: 20 });
const manifest = fc.stringMatching(/^[A-Za-z0-9._-]{0,30}$/);
const erased = fc
  .uniqueArray(fc.nat(9999), { maxLength: 3 })
  .chain((lines) =>
    fc.tuple(
      ...lines
        .sort((a, b) => a - b)
        .map((line) => fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => ({ line, hash }))),
    ),
  );
const shown: fc.Arbitrary<Omit<ShownSubmission, 'index'>> = fc
  .tuple(
    ...([fc.option(bytes), fc.array(decision, { maxLength: 4 }), fc.option(bytes), manifest] as const),
    ...([fc.option(bytes), erased] as const),
  )
  .filter(([content, , author, , lines]) => content !== null || author !== null || lines !== null)
  .map(([content, decisions, author, text, lines, gone]) => ({
    content,
    decisions: content === null ? null : encodeDecisionColumn(decisions),
    author,
    manifest: author === null ? null : text,
    lines,
    erased: lines === null ? [] : gone,
  }));
const file = fc.tuple(index, fc.array(fc.tuple(fc.nat(3), shown), { maxLength: 4 })).map(([from, gaps]) => {
  let next = Math.min(from, 2 ** 53 - 30);
  const submissions = gaps.map(([gap, parts]) => {
    const at = next + gap;
    next = at + 1;
    return { index: at, ...parts };
  });
  return { from: Math.min(from, 2 ** 53 - 30), end: next + 1, submissions };
});
const refused = (input: Uint8Array) => refusalOf(() => decodeEvidence(input));
const badFraming = { code: 'BAD_FRAMING', field: 'evidence' };

describe('an evidence file', () => {
  it('is read as it was written, in one spelling', () => {
    fc.assert(
      fc.property(file, (value) => {
        const encoded = encodeEvidence(value);
        const decoded = decodeEvidence(encoded);
        expect(decoded).toEqual(value);
        expect(encodeEvidence(decoded)).toEqual(encoded);
      }),
    );
  });

  it('is never cut short or followed by anything', () => {
    fc.assert(
      fc.property(file, fc.double({ min: 0, max: 1, noNaN: true }), (value, share) => {
        const encoded = encodeEvidence(value);
        const cut = encoded.subarray(0, Math.floor(share * (encoded.length - 1)));
        const outcome = refused(cut);
        // What ends behind a submission is a file of fewer.
        if (outcome !== null) expect(outcome).toEqual(badFraming);
        else expect(encodeEvidence(decodeEvidence(cut))).toEqual(cut);
        expect(refused(Uint8Array.of(...encoded, 0))).toEqual(badFraming);
      }),
    );
  });

  it('is refused with other bytes at any place, or is another file', () => {
    fc.assert(
      fc.property(file, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, flip) => {
        const encoded = encodeEvidence(value);
        encoded[place % encoded.length]! ^= flip;
        if (refused(encoded) === null) expect(encodeEvidence(decodeEvidence(encoded))).toEqual(encoded);
      }),
    );
  });

  it.each<[string, (file: Uint8Array) => Uint8Array]>([
    ['another magic', (one) => one.with(7, 0x32)],
    ['no index', (one) => one.with(23, 5)],
    ['an index above 2^53 - 1', (one) => one.with(8, 1)],
    ['an index out of its range', (one) => one.with(31, 9)],
    ['no part', (one) => one.with(32, 0)],
    ['a part that there is not', (one) => one.with(32, 8)],
    ['a part longer than the file', (one) => one.with(36, 99)],
    ['a body that is too long', (one) => one.with(34, 1)],
    ['a manifest that is no ASCII', (one) => one.with(one.length - 1, 0xc3)],
  ])('is refused with %s', (_, change) => {
    const one = {
      index: 5,
      content: null,
      decisions: null,
      author: Uint8Array.of(1),
      manifest: 'ab',
      lines: null,
      erased: [],
    };
    const encoded = encodeEvidence({ from: 5, end: 6, submissions: [one] });
    expect(refused(encoded)).toBeNull();
    expect(refused(change(encoded))).toEqual(badFraming);
  });

  // Of its last 76 bytes the first four are the number of erased lines; 36 bytes follow for each.
  it.each<[string, (file: Uint8Array, at: number) => Uint8Array]>([
    ['without the lines that are left', (one) => one.with(32, 8)],
    ['that are none', (one, at) => one.subarray(0, at + 4).with(at + 3, 0)],
    ['that are too many', (one, at) => one.with(at + 1, 1)],
    ['in another order', (one, at) => one.with(at + 7, 4)],
    ['twice', (one, at) => one.with(at + 7, 3)],
    ['beyond the last line that there can be', (one, at) => one.with(at + 42, 0x27).with(at + 43, 0x10)],
  ])('is refused with erased lines %s', (_, change) => {
    const hash = new Uint8Array(32);
    const parts = { content: null, decisions: null, author: null, manifest: null };
    const gone = [2, 3].map((line) => ({ line, hash }));
    const one = { index: 5, ...parts, lines: utf8('a\n'), erased: gone };
    const encoded = encodeEvidence({ from: 5, end: 6, submissions: [one] });
    expect(decodeEvidence(encoded).submissions).toEqual([one]);
    expect(refused(change(encoded, encoded.length - 76))).toEqual(badFraming);
  });

  it('is refused when it is too large', () => {
    expect(refused(new Uint8Array(MAX_EVIDENCE_BYTES + 1))).toEqual({ code: 'TOO_LARGE', field: 'evidence' });
  });
});

describe('a decision column', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(decision), (decisions) => {
        expect(decodeDecisionColumn(encodeDecisionColumn(decisions))).toEqual(decisions);
      }),
    );
  });

  it.each([
    ['half a line', new Uint8Array(9)],
    ['an unknown verdict', Uint8Array.of(0x30, 0, 0, 0, 0, 0, 0, 0)],
    ['an unknown code', Uint8Array.of(0x13, 0, 0, 0, 0, 0, 0, 0)],
    ['a prev that is no index', Uint8Array.of(0x00, 0x20, 0, 0, 0, 0, 0, 0)],
  ])('is refused with %s', (_, column) => {
    const refusal = refusalOf(() => decodeDecisionColumn(column));
    expect(refusal).toEqual({ code: 'BAD_FRAMING', field: 'evidence.decisions' });
  });
});
