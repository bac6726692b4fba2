import { describe, expect, it } from '@jest/globals';
import { leafHash } from '#libs/tlog';
import fc from 'fast-check';
import { refusalOf, utf8 } from '../refusal.arbitrary.js';
import { anyEntryJson } from './entry.arbitrary.js';
import { joinErasedLines, parseLines, rootOfLines } from './erased-lines.js';
import { linesRoot, parseEntries } from './lines.js';

const anySubmission = fc
  .array(
    fc.tuple(
      anyEntryJson.map((json) => JSON.stringify(json)),
      fc.boolean(),
    ),
    { minLength: 1, maxLength: 9 },
  )
  .map((lines) => ({
    all: lines.map(([line]) => utf8(line)),
    left: lines.flatMap(([line, isErased]) => (isErased ? [] : [`${line}\n`])).join(''),
    erased: lines.flatMap(([line, isErased], number) =>
      isErased ? [{ line: number, hash: leafHash(utf8(line)) }] : [],
    ),
  }));

describe('the lines of a submission with erased ones among them', () => {
  it('have the root and the entries that they had, but for the erased', () => {
    fc.assert(
      fc.property(anySubmission, ({ all, left, erased }) => {
        const lines = joinErasedLines(utf8(left), erased, all.length)!;
        expect(rootOfLines(lines, erased)).toBe(linesRoot(all));
        const entries = parseEntries(all).map((entry, number) =>
          erased.some(({ line }) => line === number) ? null : entry,
        );
        expect(parseLines(lines)).toEqual(entries);
      }),
    );
  });

  it('are refused when there are more or fewer than were signed', () => {
    const hash = new Uint8Array(32);
    expect(joinErasedLines(utf8('a\nb\n'), [{ line: 1 }], 2)).toBeNull();
    expect(joinErasedLines(utf8('a\n'), [{ line: 1 }], 3)).toBeNull();
    expect(joinErasedLines(utf8('a\nb\n'), [{ line: 7 }], 3)).toBeNull();
    expect(joinErasedLines(utf8('a\nb\n'), [{ line: 1 }], 3)).toHaveLength(3);
    expect(joinErasedLines(utf8(''), [{ line: 0 }], 1)).toEqual([null]);
    expect(rootOfLines([null], [{ line: 0, hash }])).toHaveLength(64);
    expect(refusalOf(() => joinErasedLines(utf8(''), [], 1))?.code).toBe('BAD_FRAMING');
  });

  it('name a bad line by its number in the submission', () => {
    const lines = joinErasedLines(utf8('{}\n'), [{ line: 0 }, { line: 1 }], 3)!;
    expect(refusalOf(() => parseLines(lines))).toMatchObject({ line: 2 });
  });
});
