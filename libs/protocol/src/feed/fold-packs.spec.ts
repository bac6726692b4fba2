import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { applyPack } from './apply-pack.js';
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
} from './feed.arbitrary.js';
import { foldChanges, foldPacks } from './fold-packs.js';
import { decodePack } from './pack-decoder.js';
import { encodePack } from './pack-encoder.js';
import { RecordSet } from './record-set.js';

const anyRun = anyShape.chain((shape) => fc.tuple(fc.constant(shape), anyHistory(shape)));
const [one, two] = [plainMetadata(1), plainMetadata(2)];
const add = (metadata = one): Change => change(PDQ, 1, 'add', metadata);
const update = (metadata = one): Change => change(PDQ, 1, 'update', metadata);
const remove = (reason = 1): Change => change(PDQ, 1, 'remove', reason);

describe('foldPacks', () => {
  describe('when applied to the set before the first', () => {
    it('gives the set after the last', () => {
      fc.assert(
        fc.property(anyRun, fc.nat(4), ([shape, history], skipped) => {
          const packs = packsOf(shape, history);
          const rest = packs.slice(Math.min(skipped, packs.length - 1));
          const start = packs.slice(0, packs.length - rest.length).reduce(applyPack, RecordSet.empty(shape));
          const end = rest.reduce(applyPack, start);
          const folded = applyPack(start, decodePack(encodePack(foldPacks(rest))));
          expect([...folded.records()]).toEqual([...end.records()]);
        }),
        { numRuns: 80 },
      );
    });

    it('gives the same however the packs are grouped', () => {
      fc.assert(
        fc.property(anyRun, fc.nat(4), ([shape, history], cut) => {
          const lists = packsOf(shape, history).map((pack) => foldPacks([pack]).changes);
          const fold = (some: (readonly Change[])[]) => some.reduce<readonly Change[]>(foldChanges, []);
          expect(fold([fold(lists.slice(0, cut)), fold(lists.slice(cut))])).toEqual(fold(lists));
        }),
        { numRuns: 80 },
      );
    });
  });

  describe('when packs cannot be folded', () => {
    const empty = RecordSet.empty(PDQ);
    const first = packOf(empty, [add()]);
    it.each([
      ['none', [], 'no-packs'],
      ['packs of different types', [first, packOf(RecordSet.empty(MD5), [])], 'wrong-shape'],
      ['packs that do not follow one another', [first, first], 'broken-chain'],
      ['packs that contradict one another', [first, { ...first, from: first.to }], 'contradiction'],
    ])('refuses %s', (_, packs, code) => {
      expect(refusal(() => foldPacks(packs))).toBe(code);
    });
  });
});

describe('foldChanges', () => {
  it.each<[string, Change, Change, Change[]]>([
    ['add and update to an add', add(), update(two), [add(two)]],
    ['add and remove to nothing', add(), remove(), []],
    ['two updates to the later', update(), update(two), [update(two)]],
    ['update and remove to the removal', update(), remove(4), [remove(4)]],
    ['remove and add to an update', remove(), add(two), [update(two)]],
  ])('folds %s', (_, first, second, folded) => {
    expect(foldChanges([first], [second])).toEqual(folded);
  });

  it.each<[string, Change, Change]>([
    ['add after add', add(), add()],
    ['add after update', update(), add()],
    ['update after remove', remove(), update()],
    ['remove after remove', remove(), remove()],
  ])('refuses %s', (_, first, second) => {
    expect(refusal(() => foldChanges([first], [second]))).toBe('contradiction');
  });

  it('keeps changes of other keys in order', () => {
    const all = sortChanges([1, 2, 3, 4, 5].map((n) => change(PDQ, n, 'add', one)));
    const even = all.filter((_, at) => at % 2 === 0);
    const odd = all.filter((_, at) => at % 2 === 1);
    expect(foldChanges(even, odd)).toEqual(all);
    expect(foldChanges(odd, even)).toEqual(all);
  });

  it('refuses changes out of order', () => {
    const [low, high] = sortChanges([change(PDQ, 1, 'remove', 1), change(PDQ, 2, 'remove', 1)]) as [
      Change,
      Change,
    ];
    expect(refusal(() => foldChanges([], [high, low]))).toBe('unsorted');
  });
});
