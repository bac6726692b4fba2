import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { anyMutation, refusal } from './feed.arbitrary.js';
import { encodeRound, readRound } from './round-codec.js';
import { validateRound } from './round-validation.js';
import type {
  HorizonLeaf,
  IdleRound,
  PublicationRound,
  RollupLeaf,
  Round,
  RoundPack,
  RoundTypeChange,
  SnapshotLeaf,
} from './round.js';
import { computeSetRoot } from './set-root.js';

const digest = (byte: string): string => byte.repeat(32);
const log = { size: 7, root: digest('0a') };
const idle: IdleRound = { kind: 'idle', feed: 'csam', time: 1_700_000_000_000, log, nonce: '0b'.repeat(16) };
const part = (change: Partial<RoundPack> = {}): RoundPack => ({
  digest: digest('0c'),
  bytes: 200,
  added: 3,
  updated: 0,
  removed: 0,
  count: 3,
  root: digest('0d'),
  ...change,
});
const typeChange = (change: Partial<RoundTypeChange> = {}): RoundTypeChange => ({
  type: 'pdq',
  count: 3,
  root: digest('0d'),
  packs: [part()],
  ...change,
});
const round = (...changes: RoundTypeChange[]): PublicationRound => ({ ...idle, kind: 'round', changes });
const rollup = (...changes: RoundTypeChange[]): RollupLeaf => ({
  ...{ ...idle, kind: 'rollup', from: 0, to: 16 },
  changes,
});

const snapshot = (...changes: RoundTypeChange[]): SnapshotLeaf => ({ ...idle, kind: 'snapshot', changes });
const horizon = (...horizons: HorizonLeaf['horizons']): HorizonLeaf => ({
  ...idle,
  kind: 'horizon',
  horizons,
});
const emptySet = Buffer.from(computeSetRoot(new Map())).toString('hex');
const nothing: RoundTypeChange = { type: 'pdq', count: 0, root: emptySet, packs: [] };

const anyHex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((b) => Buffer.from(b).toString('hex'));
const anyPart = fc
  .record({ added: fc.nat(9), updated: fc.nat(9), removed: fc.nat(9), digest: anyHex(32), root: anyHex(32) })
  .filter(({ added, updated, removed }) => added + updated + removed > 0);
const anyTypeChangeOf = (most: number) =>
  fc
    .tuple(fc.stringMatching(/^[a-z0-9-]{1,32}$/), fc.array(anyPart, { minLength: 1, maxLength: most }))
    .map(([type, parts]): RoundTypeChange => {
      let count = 1000;
      const packs = parts.map((one) => {
        count += one.added - one.removed;
        return {
          digest: one.digest,
          bytes: 1,
          added: one.added,
          updated: one.updated,
          removed: one.removed,
          count,
          root: one.root,
        };
      });
      return { type, count, root: packs.at(-1)!.root, packs };
    });
const anyChanges = (packs: number, minLength: number) =>
  fc
    .uniqueArray(anyTypeChangeOf(packs), { selector: ({ type }) => type, minLength, maxLength: 3 })
    .map((changes) => changes.sort((a, b) => (a.type < b.type ? -1 : 1)));
const anyWholeSet = fc
  .tuple(
    fc.stringMatching(/^[a-z0-9-]{1,32}$/),
    fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), anyHex(32)), { maxLength: 3 }),
  )
  .map(([type, parts]): RoundTypeChange => {
    let count = 0;
    const packs = parts.map(([added, root]) => {
      count += added;
      return part({ added, count, root });
    });
    return { type, count, root: packs.at(-1)?.root ?? emptySet, packs };
  });
const anyHorizons = fc
  .uniqueArray(fc.record({ type: fc.stringMatching(/^[a-z0-9-]{1,32}$/), size: fc.maxSafeNat() }), {
    selector: ({ type }) => type,
    minLength: 1,
    maxLength: 3,
  })
  .map((horizons) => horizons.sort((a, b) => (a.type < b.type ? -1 : 1)));
const anyWindow = fc.tuple(fc.nat(), fc.nat()).map(([from, length]) => ({ from, to: from + length + 1 }));
const anyCommon = {
  feed: fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  time: fc.maxSafeNat(),
  log: fc.record({ size: fc.maxSafeNat(), root: anyHex(32) }),
  nonce: anyHex(16),
};
const anyRound: fc.Arbitrary<Round> = fc.oneof(
  fc.record({ kind: fc.constant('idle' as const), ...anyCommon }),
  fc.record({ kind: fc.constant('snapshot' as const), ...anyCommon, changes: fc.tuple(anyWholeSet) }),
  fc.record({ kind: fc.constant('horizon' as const), ...anyCommon, horizons: anyHorizons }),
  fc.record({ kind: fc.constant('round' as const), ...anyCommon, changes: anyChanges(3, 1) }),
  fc
    .tuple(fc.record(anyCommon), anyWindow, anyChanges(1, 0))
    .map(([common, window, changes]): RollupLeaf => ({ kind: 'rollup', ...common, ...window, changes })),
);

/** The plain value of a round with something else in it. */
const altered = (of: Round, change: object): unknown => ({ cairn: 'feed/1', ...of, ...change });
const read = (text: string): Round => readRound(JSON.parse(text), text);

describe('round', () => {
  describe('when encoded', () => {
    it('is JSON in the order of the format, without white space', () => {
      expect(encodeRound(round(typeChange()))).toBe(
        `{"cairn":"feed/1","kind":"round","feed":"csam","time":1700000000000,"log":{"size":7,"root":"${digest('0a')}"},` +
          `"nonce":"${'0b'.repeat(16)}","changes":[{"type":"pdq","count":3,"root":"${digest('0d')}","packs":[` +
          `{"digest":"${digest('0c')}","bytes":200,"added":3,"updated":0,"removed":0,"count":3,"root":"${digest('0d')}"}]}]}`,
      );
    });

    it('has no changes when idle', () => {
      expect(encodeRound(idle)).toBe(
        `{"cairn":"feed/1","kind":"idle","feed":"csam","time":1700000000000,"log":{"size":7,"root":"${digest('0a')}"},` +
          `"nonce":"${'0b'.repeat(16)}"}`,
      );
    });

    it('says of a rollup which leaves it folds, before what changed', () => {
      expect(encodeRound(rollup())).toBe(
        `{"cairn":"feed/1","kind":"rollup","feed":"csam","time":1700000000000,"log":{"size":7,"root":"${digest('0a')}"},` +
          `"nonce":"${'0b'.repeat(16)}","from":0,"to":16,"changes":[]}`,
      );
    });

    it('says of a horizon from where on each type is served', () => {
      expect(encodeRound(horizon({ type: 'pdq', size: 9 }))).toContain(
        '","horizons":[{"type":"pdq","size":9}]}',
      );
    });

    it('is the same whatever the order of members in memory', () => {
      const { kind, feed, time, nonce } = idle;
      const shuffled: Round = { nonce, log: { root: log.root, size: log.size }, time, feed, kind };
      expect(encodeRound(shuffled)).toBe(encodeRound(idle));
    });

    it('refuses what a reader would refuse', () => {
      expect(refusal(() => encodeRound({ ...idle, time: 0.5 }))).toBe('bad-round');
    });

    it('refuses more than 65,535 bytes', () => {
      const packs = Array.from({ length: 400 }, (_, i) => part({ count: 3 * i + 3 }));
      expect(refusal(() => encodeRound(round(typeChange({ count: 1200, packs }))))).toBe('round-oversize');
    });
  });

  describe('when read after encoding', () => {
    it('gives the round back', () => {
      fc.assert(fc.property(anyRound, (one) => expect(read(encodeRound(one))).toEqual(one)));
    });
  });

  describe('when a byte is changed', () => {
    it('is refused or encodes to the changed text', () => {
      fc.assert(
        fc.property(anyRound, anyMutation, (one, [at, flip]) => {
          const text = Buffer.from(encodeRound(one), 'latin1');
          text[at % text.length]! ^= flip;
          const changed = text.toString('latin1');
          let value: unknown;
          try {
            value = JSON.parse(changed);
          } catch {
            return;
          }
          let back: Round | undefined;
          if (refusal(() => (back = readRound(value, changed))) === null)
            expect(encodeRound(back!)).toBe(changed);
        }),
        { numRuns: 1000 },
      );
    });
  });

  describe('when the text is not canonical', () => {
    const text = encodeRound(idle);
    it.each([
      ['white space', text.replace(',', ', ')],
      [
        'another order of members',
        text.replace('"cairn":"feed/1","kind":"idle"', '"kind":"idle","cairn":"feed/1"'),
      ],
      ['a member twice', text.replace('"kind":"idle"', '"kind":"round","kind":"idle"')],
      ['a number with an exponent', text.replace('"size":7', '"size":7e0')],
      ['an escape', text.replace('csam', '\\u0063sam')],
    ])('refuses %s', (_, other) => {
      expect(refusal(() => read(other))).toBe('not-canonical-round');
    });

    it('refuses more than 65,535 characters before anything else', () => {
      expect(refusal(() => readRound(null, ' '.repeat(65_536)))).toBe('round-oversize');
    });
  });

  describe('when version or kind is another', () => {
    it.each([
      ['another version', altered(idle, { cairn: 'feed/2' }), 'unsupported-version'],
      ['no version', { ...idle }, 'unsupported-version'],
      ['an unknown kind', altered(idle, { kind: 'party' }), 'unknown-kind'],
      ['no kind', altered(idle, { kind: undefined }), 'unknown-kind'],
    ])('refuses %s', (_, value, code) => {
      expect(refusal(() => validateRound(value))).toBe(code);
    });
  });

  describe('when its shape is another', () => {
    const sparse = { cairn: 'feed/1', kind: 'idle', feed: 'csam', time: 1, log };
    const inherited: unknown = Object.assign(Object.create({ nonce: idle.nonce }) as object, sparse);
    it.each<[string, unknown, string]>([
      ['null', null, 'bad-round'],
      ['a string', 'round', 'bad-round'],
      ['a list', [], 'unsupported-version'],
      ['a member missing', sparse, 'bad-round'],
      ['a member inherited', inherited, 'bad-round'],
      ['a member too many', altered(idle, { extra: 1 }), 'unknown-member'],
      ['changes in an idle one', altered(idle, { changes: [] }), 'unknown-member'],
      ['a channel in capitals', altered(idle, { feed: 'CSAM' }), 'bad-round'],
      ['a channel that ends in a hyphen', altered(idle, { feed: 'csam-' }), 'bad-round'],
      ['a channel that is no string', altered(idle, { feed: 1 }), 'bad-round'],
      ['a negative time', altered(idle, { time: -1 }), 'bad-round'],
      ['a time beyond 2^53 - 1', altered(idle, { time: 2 ** 53 }), 'bad-round'],
      ['a time that is a string', altered(idle, { time: '1' }), 'bad-round'],
      ['a log that is a list', altered(idle, { log: [] }), 'bad-round'],
      ['a log root in capitals', altered(idle, { log: { size: 1, root: digest('0A') } }), 'bad-round'],
      [
        'a log root with a line feed',
        altered(idle, { log: { size: 1, root: `${digest('0a')}\n` } }),
        'bad-round',
      ],
      ['a nonce of 31 digits', altered(idle, { nonce: '0'.repeat(31) }), 'bad-round'],
      ['no changes in a round', altered(round(), {}), 'bad-round'],
      ['changes that are no list', altered(round(), { changes: {} }), 'bad-round'],
      ['a type that is no name', altered(round(typeChange({ type: 'PDQ' })), {}), 'bad-round'],
      [
        'a type that is no string',
        altered(round(typeChange({ type: 3 as unknown as string })), {}),
        'bad-round',
      ],
      ['types out of order', altered(round(typeChange(), typeChange({ type: 'md5' })), {}), 'unsorted-types'],
      ['a type twice', altered(round(typeChange(), typeChange()), {}), 'unsorted-types'],
      ['no packs', altered(round(typeChange({ packs: [] })), {}), 'bad-round'],
      ['a round without changes', altered(round(), {}), 'bad-round'],
      ['a snapshot of no type', altered(snapshot(), {}), 'bad-round'],
      ['a horizon of no type', altered(horizon(), {}), 'bad-round'],
      [
        'a horizon with another member',
        altered(horizon({ type: 'pdq', size: 1, from: 1 } as never), {}),
        'unknown-member',
      ],
      ['a horizon of a negative size', altered(horizon({ type: 'pdq', size: -1 }), {}), 'bad-round'],
      ['a horizon of a type that is no name', altered(horizon({ type: 'PDQ', size: 1 }), {}), 'bad-round'],
      [
        'a horizon twice',
        altered(horizon({ type: 'pdq', size: 1 }, { type: 'pdq', size: 2 }), {}),
        'unsorted-types',
      ],
      ['a rollup without a window', altered(idle, { kind: 'rollup', changes: [] }), 'bad-round'],
      ['a window in a round', altered(round(typeChange()), { from: 0, to: 16 }), 'unknown-member'],
      ['a window from a negative index', altered(rollup(), { from: -1 }), 'bad-round'],
      ['a rollup whose changes are no list', altered(rollup(), { changes: null }), 'bad-round'],
      ['types of a rollup out of order', altered(rollup(typeChange(), typeChange()), {}), 'unsorted-types'],
      ['a pack of 0 bytes', altered(round(typeChange({ packs: [part({ bytes: 0 })] })), {}), 'bad-round'],
      [
        'a pack above 8 MiB',
        altered(round(typeChange({ packs: [part({ bytes: 8_388_609 })] })), {}),
        'bad-round',
      ],
      ['65,537 added', altered(round(typeChange({ packs: [part({ added: 65_537 })] })), {}), 'bad-round'],
    ])('refuses %s', (_, value, code) => {
      expect(refusal(() => validateRound(value))).toBe(code);
    });

    it('names the field', () => {
      const value = altered(round(typeChange({ packs: [part(), part({ root: 'x' })] })), {});
      expect(() => validateRound(value)).toThrow('changes[0].packs[1].root');
    });
  });

  describe('when its numbers do not agree', () => {
    const two = [part(), part({ added: 1, count: 4 })];
    it.each<[string, Partial<RoundTypeChange>]>([
      ['a pack without changes', { packs: [part({ added: 0 })] }],
      [
        'a pack of 65,537 changes',
        { count: 99_999, packs: [part({ added: 65_536, updated: 1, count: 99_999 })] },
      ],
      ['more removed than there were', { packs: [part({ added: 4, removed: 1 })] }],
      ['more updated than there were', { packs: [part({ updated: 1 })] }],
      ['a count that does not follow', { count: 5, packs: [part(), part({ added: 1, count: 5 })] }],
      ['another count than its last pack', { count: 3, packs: two }],
      ['another root than its last pack', { count: 4, root: digest('0e'), packs: two }],
    ])('refuses %s', (_, change) => {
      expect(refusal(() => validateRound(altered(round(typeChange(change)), {})))).toBe('inconsistent-round');
    });

    it.each([
      ['an empty window', altered(rollup(), { to: 0 })],
      ['a window that ends before it begins', altered(rollup(), { from: 17 })],
      ['more than one pack of a type', altered(rollup(typeChange({ count: 4, packs: two })), {})],
    ])('refuses a rollup with %s', (_, value) => {
      expect(refusal(() => validateRound(value))).toBe('inconsistent-round');
    });

    it.each<[string, RoundTypeChange[]]>([
      ['two types', [typeChange({ type: 'md5' }), typeChange()]],
      ['records and no pack', [typeChange({ packs: [] })]],
      ['the root of records and no pack', [{ ...nothing, root: digest('0d') }]],
      ['an update', [typeChange({ packs: [part({ added: 2, updated: 1, count: 3 })] })]],
      ['a removal', [typeChange({ count: 2, packs: [part({ removed: 1, count: 2 })] })]],
      ['records that were there before', [typeChange({ count: 5, packs: [part({ count: 5 })] })]],
    ])('refuses a snapshot with %s', (_, changes) => {
      expect(refusal(() => validateRound(altered(snapshot(...changes), {})))).toBe('inconsistent-round');
    });

    it('reads a snapshot of nothing, and one of many packs', () => {
      for (const good of [snapshot(nothing), snapshot(typeChange({ count: 4, packs: two }))])
        expect(validateRound(altered(good, {}))).toEqual(good);
    });

    it('reads parts that agree', () => {
      const updated = part({ added: 0, updated: 2, removed: 1, count: 3 });
      const good = round(typeChange({ packs: [...two, updated] }));
      expect(validateRound(altered(good, {}))).toEqual(good);
    });
  });
});
