import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, RecordSet, sortChanges, TileTree, toHex, type Change } from '#libs/protocol';
import { AnnouncedSet } from './announced-set.js';

const SHAPE = { type: 'md5', keyLength: 16, hasValues: false };
/** Keys by partition; a handful share one. */
const KEYS = Array.from({ length: 3000 }, (_, n) =>
  Uint8Array.from({ length: 16 }, (_byte, i) => (n >> (8 * i)) & 255),
);
const PARTITION = 7;
const OURS = KEYS.filter((key) => bucketOf(key) >> 8 === PARTITION);
const METADATA = [1, 2, 4, 8].map((supporters) => Uint8Array.of(1, 1, 0, 2, 1, 0, 3, 1, supporters));

const step = fc.array(fc.record({ key: fc.nat(OURS.length - 1), metadata: fc.option(fc.nat(3)) }), {
  maxLength: 8,
});

describe('an announced set', () => {
  it('comes to the root and the number of records that the whole set has', () => {
    expect(OURS.length).toBeGreaterThan(5);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const announced = new AnnouncedSet(16);
        let set = RecordSet.empty(SHAPE);
        for (const wishes of steps) {
          const changes = fitting(set, wishes);
          set = set.apply(changes);
          announced.apply(changes.map(asAnnounced));
          const whole = TileTree.empty(8).with(new Map([[PARTITION, announced.root]]));
          expect(toHex(whole.root)).toBe(toHex(set.root));
          expect(announced.size).toBe(set.count);
        }
        for (const key of OURS)
          expect(announced.metadataOf(key) ?? undefined).toEqual(bufferOf(set.get(key)?.metadata));
      }),
      { numRuns: 30 },
    );
  });

  it('counts what does not fit all the same: it is judged elsewhere', () => {
    const announced = new AnnouncedSet(16);
    announced.apply([{ op: 'remove', key: OURS[0]!, metadata: null, reason: 1 }]);
    expect([announced.size, toHex(announced.root)]).toEqual([0, toHex(new AnnouncedSet(16).root)]);
    announced.apply([{ op: 'update', key: OURS[0]!, metadata: METADATA[0]!, reason: 0 }]);
    announced.apply([{ op: 'add', key: OURS[0]!, metadata: METADATA[1]!, reason: 0 }]);
    expect(announced.size).toBe(1);
  });
});

function fitting(set: RecordSet, wishes: readonly { key: number; metadata: number | null }[]): Change[] {
  const byKey = new Map(wishes.map(({ key, metadata }) => [key, metadata]));
  const changes = [...byKey].flatMap(([at, wished]): Change[] => {
    const key = OURS[at]!;
    const present = set.get(key) !== undefined;
    if (wished === null) return present ? [{ op: 'remove', key, reason: 1 }] : [];
    const metadata = METADATA[wished]!;
    return [
      present ? { op: 'update', key, metadata } : { op: 'add', key, metadata, value: new Uint8Array(0) },
    ];
  });
  return sortChanges(changes);
}

function asAnnounced(change: Change) {
  if (change.op === 'remove')
    return { op: change.op, key: change.key, metadata: null, reason: change.reason };
  return { op: change.op, key: change.key, metadata: change.metadata, reason: 0 };
}

function bufferOf(bytes: Uint8Array | undefined): Buffer | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes);
}
