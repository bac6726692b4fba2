import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { sha256 } from '#libs/tlog';
import type { Change } from './change.js';
import { anyShapeAndChanges, change, MD5, PDQ, plainMetadata, refusal, URL } from './feed.arbitrary.js';
import { encodePack } from './pack-encoder.js';
import type { PackLimits } from './pack.js';
import type { SetShape } from './set-shape.js';
import { splitChanges } from './split-changes.js';

const root = sha256(Buffer.from('root'));
const bytesOf = (shape: SetShape, changes: Change[]): number =>
  encodePack({ ...shape, from: root, to: root, changes }).length;
const removals = (count: number): Change[] =>
  Array.from({ length: count }, (_, i): Change => {
    const key = new Uint8Array(16);
    new DataView(key.buffer).setUint32(0, i);
    return { op: 'remove', key, reason: 1 };
  });

const anyLimits: fc.Arbitrary<PackLimits> = fc.record({
  changes: fc.integer({ min: 1, max: 8 }),
  bytes: fc.integer({ min: 260, max: 700 }),
});

describe('splitChanges', () => {
  it('gives parts that are the changes in order, each within the limits and as long as can be', () => {
    fc.assert(
      fc.property(anyShapeAndChanges, anyLimits, ([shape, changes], limits) => {
        const parts = [...splitChanges(shape, changes, limits)];
        expect(parts.flat()).toEqual(changes);
        parts.forEach((part, at) => {
          expect(part.length).toBeGreaterThan(0);
          expect(part.length).toBeLessThanOrEqual(limits.changes);
          expect(bytesOf(shape, part)).toBeLessThanOrEqual(limits.bytes);
          const next = parts[at + 1]?.[0];
          if (next === undefined || part.length === limits.changes) return;
          expect(bytesOf(shape, [...part, next])).toBeGreaterThan(limits.bytes);
        });
      }),
      { numRuns: 300 },
    );
  });

  describe('when no limits are given', () => {
    it('cuts at 65,536 changes', () => {
      expect([...splitChanges(MD5, removals(65_537))].map((part) => part.length)).toEqual([65_536, 1]);
    });
  });

  describe('when the indexes of a part grow to two bytes', () => {
    it('counts the bytes that all indexes grow by', () => {
      const changes = Array.from({ length: 258 }, (_, i): Change => {
        const key = Uint8Array.of(i >> 8, i & 255, ...new Uint8Array(14));
        const metadata = Uint8Array.of(...plainMetadata(1), 5, 2, 0x80 | (i & 127), 1 + (i >> 7));
        return { op: 'update', key, metadata };
      });
      const bytes = bytesOf(MD5, changes.slice(0, 257));
      const parts = [...splitChanges(MD5, changes, { changes: 1000, bytes })];
      expect(parts.map((part) => part.length)).toEqual([257, 1]);
    });
  });

  describe('when there is nothing to split', () => {
    it('gives no part', () => {
      expect([...splitChanges(PDQ, [])]).toEqual([]);
    });
  });

  describe('when the changes cannot be split', () => {
    const limits = { changes: 10, bytes: 140 };
    const many = removals(3);
    it.each<[string, SetShape, Change[], string]>([
      ['one change above the limits', URL, [change(URL, 1, 'add', plainMetadata(1))], 'oversize'],
      ['changes out of order', MD5, [many[1]!, many[0]!], 'unsorted'],
      ['a key twice', MD5, [many[0]!, many[0]!], 'duplicate'],
      ['keys of another length', PDQ, many, 'bad-key-length'],
      ['another type name', { ...MD5, type: '?' }, many, 'bad-type'],
    ])('refuses %s', (_, shape, changes, code) => {
      expect(refusal(() => [...splitChanges(shape, changes, limits)])).toBe(code);
    });
  });
});
