import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPack } from './apply-pack.js';
import { bucketLeafHash, bucketOf } from './bucket.js';
import { compareBytes } from './bytes.js';
import { sortChanges, type Change } from './change.js';
import {
  anyHistory,
  anyShape,
  change,
  MD5,
  packOf,
  packsOf,
  PDQ,
  plainMetadata,
  refusal,
  signal,
} from './feed.arbitrary.js';
import { RecordSet } from './record-set.js';
import type { SetRecord } from './record.js';
import { computeSetRoot } from './set-root.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const anyRun = anyShape.chain((shape) => fc.tuple(fc.constant(shape), anyHistory(shape)));
const add = (n: number, supporters = 1): Change => change(PDQ, n, 'add', plainMetadata(supporters));
const empty = RecordSet.empty(PDQ);

/** The set root of plain records, by the definition. */
function rootOf(records: readonly SetRecord[]): string {
  const leafHashes = records.map(({ key }): [number, Uint8Array] => {
    const inBucket = records.filter((record) => bucketOf(record.key) === bucketOf(key));
    return [bucketOf(key), bucketLeafHash(inBucket.sort((a, b) => compareBytes(a.key, b.key)))];
  });
  return hex(computeSetRoot(new Map(leafHashes)));
}

describe('applyPack', () => {
  describe('when packs follow one another', () => {
    it('holds what a plain map of the changes holds, under its root', () => {
      fc.assert(
        fc.property(anyRun, ([shape, history]) => {
          const expected = new Map<string, SetRecord>();
          let set = RecordSet.empty(shape);
          packsOf(shape, history).forEach((pack, round) => {
            for (const one of history[round]!) {
              const name = hex(one.key);
              if (one.op === 'add')
                expected.set(name, { key: one.key, metadata: one.metadata, value: one.value });
              else if (one.op === 'update')
                expected.set(name, { ...expected.get(name)!, metadata: one.metadata });
              else expected.delete(name);
            }
            set = applyPack(set, pack);
            expect(set.count).toBe(expected.size);
            expect(hex(set.root)).toBe(rootOf([...expected.values()]));
          });
          expect(new Map([...set.records()].map((record) => [hex(record.key), record]))).toEqual(expected);
        }),
        { numRuns: 60 },
      );
    });
  });

  describe('when it is done', () => {
    it('has the record, and the set before it has not', () => {
      const after = applyPack(empty, packOf(empty, [add(1)]));
      const { key } = signal(PDQ, 1);
      expect(after.get(key)).toEqual({ key, metadata: plainMetadata(1), value: new Uint8Array() });
      expect(empty.get(key)).toBeUndefined();
      expect([empty.count, after.count]).toEqual([0, 1]);
    });
  });

  describe('when the pack does not fit the set', () => {
    const set = empty.apply([add(1)]);
    const pack = packOf(set, [add(2)]);
    it.each([
      ['of another type', RecordSet.empty(MD5), pack, 'wrong-shape'],
      ['of another root', empty, pack, 'wrong-base'],
      ['with a result it does not lead to', set, { ...pack, to: pack.from }, 'wrong-result'],
      ['that adds a present key', set, { ...packOf(empty, [add(1, 2)]), from: set.root }, 'already-present'],
    ])('refuses one %s', (_, base, given, code) => {
      expect(refusal(() => applyPack(base, given))).toBe(code);
    });

    it.each<[string, Change]>([
      ['update', change(PDQ, 1, 'update', plainMetadata(2))],
      ['removal', change(PDQ, 1, 'remove', 1)],
    ])('refuses the %s of an absent key', (_, given) => {
      const after = { ...packOf(set, [given]), from: empty.root };
      expect(refusal(() => applyPack(empty, after))).toBe('absent');
    });
  });
});

describe('RecordSet', () => {
  describe('when given changes of a wrong form', () => {
    it.each<[string, Change[], string]>([
      ['out of order', sortChanges([add(1), add(2)]).reverse(), 'unsorted'],
      ['twice about one key', [add(1), add(1)], 'duplicate'],
      ['with keys of another length', [change(MD5, 1, 'remove', 1)], 'bad-key-length'],
      [
        'with a value it has no place for',
        [{ ...signal(PDQ, 1), op: 'add', metadata: plainMetadata(1), value: new Uint8Array(1) }],
        'bad-value',
      ],
      ['with reason 256', [change(PDQ, 1, 'remove', 256)], 'bad-reason'],
    ])('refuses those %s', (_, changes, code) => {
      expect(refusal(() => empty.apply(changes))).toBe(code);
    });

    it('refuses a type name that is none', () => {
      expect(refusal(() => RecordSet.empty({ ...PDQ, type: 'P' }))).toBe('bad-type');
    });
  });
});
