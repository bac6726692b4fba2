import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  encodeMetadata,
  encodePack,
  decodePack,
  foldPacks,
  sortChanges,
  toHex,
  type Change,
  type Pack,
} from '#libs/protocol';
import { FoldWindow } from './fold-window.js';

const SHAPE = { type: 'md5', keyLength: 16, hasValues: false };
const NO_VALUE = new Uint8Array(0);

/**
 * Packs that follow one another, made by letting random steps act on a set: each step names keys and what to do with them. A number
 * stands for each root: folding compares them and nothing more.
 */
function history(steps: readonly (readonly [number, number])[][]): Pack[] {
  const present = new Set<number>();
  return steps.map((step, at) => {
    const changes = sortChanges([...new Map(step)].map(([key, act]) => toChange(present, key, act)));
    return decodePack(encodePack({ ...SHAPE, from: rootOf(at), to: rootOf(at + 1), changes }));
  });
}

function toChange(present: Set<number>, key: number, act: number): Change {
  const metadata = metadataOf(act);
  if (!present.has(key)) {
    present.add(key);
    return { op: 'add', key: keyOf(key), metadata, value: NO_VALUE };
  }
  if (act % 2 === 0) return { op: 'update', key: keyOf(key), metadata };
  present.delete(key);
  return { op: 'remove', key: keyOf(key), reason: 1 + (act % 5) };
}

function rootOf(round: number): Uint8Array {
  return new Uint8Array(32).fill(round);
}

function keyOf(key: number): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[15] = key;
  return bytes;
}

function metadataOf(act: number): Uint8Array {
  return encodeMetadata({
    status: 'active',
    assurance: 'provisional',
    supporters: 1 + (act % 3),
    labels: [],
    authors: [],
    unknown: [],
  });
}

/** Reads a fold to its end, window by window. */
function readAll(packs: readonly Pack[], room: number): Change[] {
  const all: Change[] = [];
  let after: Uint8Array | null = null;
  for (;;) {
    const window: FoldWindow = new FoldWindow(after, room);
    for (const pack of packs) window.add(pack);
    expect(window.changes.length).toBeLessThanOrEqual(room);
    all.push(...window.changes);
    if (window.upTo === null) return all;
    // Every window begins above the one before, or this would never end.
    expect(after === null || toHex(after) < toHex(window.upTo)).toBe(true);
    after = window.upTo;
  }
}

function shown(changes: readonly Change[]): string[] {
  return changes.map((change) => {
    const detail = change.op === 'remove' ? String(change.reason) : toHex(change.metadata);
    return `${change.op} ${toHex(change.key)} ${detail}`;
  });
}

const steps = fc.array(
  fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 9 })), { minLength: 1, maxLength: 40, size: 'max' }),
  { minLength: 1, maxLength: 12 },
);

describe('fold window', () => {
  it('gives, window by window, exactly the fold of all packs, whatever its room', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 40 }), (random, room) => {
        const packs = history(random);
        expect(shown(readAll(packs, room))).toEqual(shown(foldPacks(packs).changes));
      }),
      { numRuns: 500 },
    );
  });

  it('is empty and reaches to the end without packs', () => {
    const window = new FoldWindow(null, 10);
    expect(window.changes).toEqual([]);
    expect(window.upTo).toBeNull();
  });

  it('goes past keys that came and went', () => {
    const many = Array.from({ length: 20 }, (_, key): [number, number] => [key, 0]);
    const gone = many.slice(0, 19).map(([key]): [number, number] => [key, 1]);
    const packs = history([many, gone]);
    expect(shown(readAll(packs, 4))).toEqual(shown(foldPacks(packs).changes));
    expect(readAll(packs, 4)).toHaveLength(1);
  });

  it('forgets what lies beyond a pack that is larger than its room', () => {
    const range = (from: number, to: number): [number, number][] =>
      Array.from({ length: to - from + 1 }, (_, i) => [from + i, 1]);
    // The third removes all that came before and brings as many as there is room for, and the removal of 60 is beyond.
    const packs = history([range(1, 8), range(60, 60), [...range(1, 8), ...range(9, 16), ...range(60, 60)]]);
    const window = new FoldWindow(null, 16);
    for (const pack of packs) window.add(pack);
    expect(toHex(window.upTo!)).toBe(toHex(keyOf(16)));
    expect(shown(window.changes)).toEqual(shown(foldPacks(packs).changes));
  });

  it('leaves out for good what a merge left out, also when a large pack comes next', () => {
    const range = (from: number, to: number): [number, number][] =>
      Array.from({ length: to - from + 1 }, (_, i) => [from + i, 1]);
    // The first two leave no room for 16. The last removes as many as it brings, so that 16 would fit again.
    const packs = history([range(1, 16), range(0, 0), [...range(0, 7), ...range(20, 28)]]);
    expect(shown(readAll(packs, 16))).toEqual(shown(foldPacks(packs).changes));
  });

  it('holds no view of the packs', () => {
    const [pack] = history([[[1, 0]]]);
    const window = new FoldWindow(null, 1);
    window.add(pack!);
    const [change] = window.changes;
    expect(change!.key.buffer.byteLength).toBe(16);
  });

  it('refuses packs that no set can undergo in this order', () => {
    const [added, updated] = history([[[1, 0]], [[1, 2]]]);
    const window = new FoldWindow(null, 5);
    window.add(added!);
    expect(() => window.add(added!)).toThrow(/add after add/);
    expect(updated).toBeDefined();
  });
});
