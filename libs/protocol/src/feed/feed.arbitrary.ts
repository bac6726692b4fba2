import fc from 'fast-check';
import { sha256 } from '#libs/tlog';
import { bucketCount } from './bucket-count.js';
import { bucketOf } from './bucket.js';
import { NO_BYTES } from './bytes.js';
import { sortChanges, type Change } from './change.js';
import { encodeMetadata } from './metadata-encoder.js';
import { ASSURANCES, STATUSES, type Metadata } from './metadata.js';
import { decodePack } from './pack-decoder.js';
import { encodePack } from './pack-encoder.js';
import { PackError, type PackErrorCode } from './pack-error.js';
import type { Pack } from './pack.js';
import { RecordSet } from './record-set.js';
import type { SetShape } from './set-shape.js';

/** Shapes of the kinds that differ in bytes: short keys, digests as values, values beside their digests. */
export const PDQ: SetShape = { type: 'pdq', keyLength: 32, hasValues: false };
export const MD5: SetShape = { type: 'md5', keyLength: 16, hasValues: false };
export const URL: SetShape = { type: 'url', keyLength: 32, hasValues: true };
export const anyShape = fc.constantFrom(PDQ, MD5, URL);

const anyNumber = fc.oneof(fc.nat(200), fc.maxSafeNat());
const anyCount = anyNumber.map((n) => bucketCount(Math.max(n, 1)));
const ascending = (codes: number[]): number[] => codes.sort((a, b) => a - b);
const anyCodes = (maxLength: number) => fc.uniqueArray(anyNumber, { maxLength }).map(ascending);

const anyUnknown = fc
  .uniqueArray(
    fc.record({ tag: fc.integer({ min: 8, max: 300 }), payload: fc.uint8Array({ maxLength: 5 }) }),
    {
      maxLength: 2,
      selector: ({ tag }) => tag,
    },
  )
  .map((fields) => fields.sort((a, b) => a.tag - b.tag));

/** Any metadata that can be encoded. */
export const anyMetadata: fc.Arbitrary<Metadata> = fc.record(
  {
    status: fc.constantFrom(...STATUSES),
    assurance: fc.constantFrom(...ASSURANCES),
    supporters: anyCount,
    labels: anyCodes(3).chain((codes) =>
      fc.tuple(...codes.map((code) => anyCount.map((count) => ({ code, count })))),
    ),
    expiryDay: anyNumber,
    quality: fc.nat(100),
    authors: anyCodes(8),
    unknown: anyUnknown,
  },
  { requiredKeys: ['status', 'assurance', 'supporters', 'labels', 'authors', 'unknown'] },
);

/** Its bytes; often one of few, as in a feed. */
export const anyMetadataBytes = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }).map(plainMetadata) },
  { weight: 1, arbitrary: anyMetadata.map(encodeMetadata) },
);

/** The least metadata there is, with so many supporters. */
export function plainMetadata(supporters: number): Uint8Array {
  return encodeMetadata({
    status: 'active',
    assurance: 'provisional',
    supporters: bucketCount(Math.max(supporters, 1)),
    labels: [],
    authors: [],
    unknown: [],
  });
}

/** Signal number `n` of a shape: key, and value where the shape has values. */
export function signal(
  { keyLength, hasValues }: SetShape,
  n: number,
): { key: Uint8Array; value: Uint8Array } {
  const text = new TextEncoder().encode(`signal ${n}`);
  return { key: sha256(text).slice(0, keyLength), value: hasValues ? text : NO_BYTES };
}

/** The change of signal `n`, of whichever kind. */
export function change(shape: SetShape, n: number, op: Change['op'], detail: Uint8Array | number): Change {
  const { key, value } = signal(shape, n);
  if (op === 'remove') return { op, key, reason: detail as number };
  const metadata = detail as Uint8Array;
  return op === 'add' ? { op, key, metadata, value } : { op, key, metadata };
}

function anyChangeOf(shape: SetShape, n: number): fc.Arbitrary<Change> {
  return fc.oneof(
    anyMetadataBytes.map((metadata) => change(shape, n, 'add', metadata)),
    anyMetadataBytes.map((metadata) => change(shape, n, 'update', metadata)),
    fc.integer({ min: 1, max: 255 }).map((reason) => change(shape, n, 'remove', reason)),
  );
}

/** Changes in canonical form. */
export function anyChanges(shape: SetShape, maxLength = 12): fc.Arbitrary<Change[]> {
  return fc
    .uniqueArray(fc.nat(10_000), { maxLength })
    .chain((numbers) => fc.tuple(...numbers.map((n) => anyChangeOf(shape, n))))
    .map(sortChanges);
}

/** A shape and changes of it. */
export const anyShapeAndChanges = anyShape.chain((shape) =>
  anyChanges(shape).map((changes): [SetShape, Change[]] => [shape, changes]),
);

const neighboursOf = new Map<SetShape, number[]>();

/** Four signals whose keys share a bucket, so that buckets of several records are met; found by trying. */
export function neighbours(shape: SetShape): number[] {
  const byBucket = new Map<number, number[]>();
  let found = neighboursOf.get(shape);
  for (let n = 0; found === undefined; n++) {
    const bucket = bucketOf(signal(shape, n).key);
    const numbers = [...(byBucket.get(bucket) ?? []), n];
    byBucket.set(bucket, numbers);
    if (numbers.length === 4) found = numbers;
  }
  neighboursOf.set(shape, found);
  return found;
}

/** What is to hold of a signal after a step: metadata with so many supporters, gone (0), or as it was (-1). */
type Step = readonly number[];

/** Changes that one set can undergo one after the other, over six signals so that they meet often. */
export function anyHistory(shape: SetShape): fc.Arbitrary<Change[][]> {
  const step = fc.array(fc.integer({ min: -1, max: 3 }), { minLength: 6, maxLength: 6 });
  return fc.array(step, { minLength: 1, maxLength: 5 }).map((steps) => historyOf(shape, steps));
}

function historyOf(shape: SetShape, steps: readonly Step[]): Change[][] {
  const present = new Set<number>();
  const signals = [...neighbours(shape), 0, 1];
  return steps.map((step) => {
    const changes = step.flatMap((wish, at) => {
      const n = signals[at]!;
      if (wish < 0 || (wish === 0 && !present.has(n))) return [];
      if (wish === 0) {
        present.delete(n);
        return [change(shape, n, 'remove', 1 + at)];
      }
      const op = present.has(n) ? 'update' : 'add';
      present.add(n);
      return [change(shape, n, op, plainMetadata(wish))];
    });
    return sortChanges(changes);
  });
}

/** The pack that leads from `set` by `changes`, through its bytes. */
export function packOf(set: RecordSet, changes: readonly Change[]): Pack {
  return decodePack(encodePack({ ...set.shape, from: set.root, to: set.apply(changes).root, changes }));
}

/** The packs of a history that starts at the empty set. */
export function packsOf(shape: SetShape, history: readonly Change[][]): Pack[] {
  let set = RecordSet.empty(shape);
  return history.map((changes) => {
    const pack = packOf(set, changes);
    set = set.apply(changes);
    return pack;
  });
}

/** The code with which `act` is refused, or null when it is not; anything but a PackError goes on. */
export function refusal(act: () => unknown): PackErrorCode | null {
  try {
    act();
  } catch (error) {
    if (error instanceof PackError) return error.code;
    throw error;
  }
  return null;
}

/** `bytes` with the byte at `at` (modulo the length) changed by `flip`. */
export function mutated(bytes: Uint8Array, at: number, flip: number): Uint8Array {
  const copy = bytes.slice();
  copy[at % bytes.length]! ^= flip;
  return copy;
}

/** One byte of a mutation: where, and which bits. */
export const anyMutation = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
