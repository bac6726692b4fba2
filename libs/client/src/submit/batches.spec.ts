import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { generateSigningKey, verifyJsonJws } from '#libs/keys';
import { LIMITS, linesRoot, MANIFEST_TYP, parseEntries, readManifest, splitLines } from '#libs/protocol';
import { BatchBuilder, signManifest, type Batch } from './batches.js';
import type { EntryDraft } from './entry-draft.js';

const draft = (n: number): EntryDraft => ({ type: 'md5', value: n.toString(16).padStart(32, '0') });

function build(
  drafts: readonly EntryDraft[],
  limits?: { entries: number; bytes: number },
): [Batch[], BatchBuilder] {
  const builder = new BatchBuilder(limits);
  const batches = drafts.flatMap((entry) => builder.add(entry) ?? []);
  return [[...batches, ...[builder.take()].flatMap((last) => last ?? [])], builder];
}

describe('BatchBuilder', () => {
  it('keeps every entry once and in order, within limits, in lines the hub reads', () => {
    const limits = fc.record({
      entries: fc.integer({ min: 1, max: 7 }),
      bytes: fc.integer({ min: 200, max: 900 }),
    });
    fc.assert(
      fc.property(fc.array(fc.nat(99), { maxLength: 30 }), limits, (numbers, most) => {
        const [batches] = build(numbers.map(draft), most);
        const entries = batches.flatMap(({ entries: bytes, lines }) => {
          expect(bytes.length).toBeLessThanOrEqual(most.bytes);
          expect(lines.length).toBeLessThanOrEqual(most.entries);
          expect(splitLines(bytes).map(String)).toEqual(lines.map(String));
          return parseEntries(lines);
        });
        expect(entries.map(({ type, key }) => Number.parseInt(type.format(key), 16))).toEqual(numbers);
        expect(new Set(entries.map(({ salt }) => salt)).size).toBe(entries.length);
      }),
    );
  });

  it('obeys the limits of the protocol', () => {
    const [batches] = build(Array.from({ length: LIMITS.entries + 1 }, (_, n) => draft(n)));
    expect(batches.map(({ lines }) => lines.length)).toEqual([LIMITS.entries, 1]);
  });

  it('digests entries, not salts: the same input is the same run, and any other is another', () => {
    const identity = (numbers: readonly number[]): string => build(numbers.map(draft))[1].identity();
    const many = Array.from({ length: 2500 }, (_, n) => n);
    expect(identity(many)).toBe(identity(many));
    const others = [many.slice(1), [...many].reverse(), [...many, 1], many.map((n) => (n === 7 ? 8 : n)), []];
    for (const other of others) expect(identity(other)).not.toBe(identity(many));
  });

  it('remembers where entries came from', () => {
    const place = { source: 'a.txt', line: 5 };
    const [[batch]] = build([draft(1), { ...draft(2), place }]);
    expect(batch!.places).toEqual([undefined, place]);
  });
});

describe('signManifest', () => {
  it('signs exactly the lines', async () => {
    const key = generateSigningKey('ES256');
    const [[batch]] = build([draft(1), draft(2)]);
    const facts = {
      member: 'acme',
      origin: 'hub.example',
      channel: 'csam',
      attribution: 'named' as const,
      head: null,
    };
    const { jti, jws } = await signManifest(facts, batch!, key);
    const verified = await verifyJsonJws({
      token: jws,
      typ: MANIFEST_TYP,
      key: key.publicKey,
      maxBytes: LIMITS.manifestBytes,
    });
    expect(verified.ok && readManifest(verified.claims)).toMatchObject({
      ...{ iss: 'acme', aud: 'hub.example', jti, channel: 'csam', attribution: 'named', head: null },
      count: 2,
      root: linesRoot(splitLines(batch!.entries)),
    });
  });
});
