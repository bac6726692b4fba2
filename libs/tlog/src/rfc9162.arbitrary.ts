import fc from 'fast-check';
import { sha256 } from '#sha256';

// The definitions of RFC 9162 §2.1 word by word, slow and without a thought: what the real code is compared with.

/** Bytes as hexadecimal digits. */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** Bytes of hexadecimal digits. */
export const unhex = (digits: string): Uint8Array =>
  Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );

const h = (...parts: Uint8Array[]): Uint8Array => sha256(Uint8Array.from(parts.flatMap((part) => [...part])));

const split = (n: number): number => 2 ** Math.ceil(Math.log2(n) - 1);

/** MTH(D[n]) over leaf data. */
export function mth(d: readonly Uint8Array[]): Uint8Array {
  if (d.length === 0) return h();
  if (d.length === 1) return h(Uint8Array.of(0), d[0]!);
  const k = split(d.length);
  return h(Uint8Array.of(1), mth(d.slice(0, k)), mth(d.slice(k)));
}

/** PATH(m, D[n]). */
export function path(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  if (d.length === 1) return [];
  const k = split(d.length);
  return m < k
    ? [...path(m, d.slice(0, k)), mth(d.slice(k))]
    : [...path(m - k, d.slice(k)), mth(d.slice(0, k))];
}

/** PROOF(m, D[n]). */
export function proof(m: number, d: readonly Uint8Array[]): Uint8Array[] {
  return subproof(m, d, true);
}

function subproof(m: number, d: readonly Uint8Array[], b: boolean): Uint8Array[] {
  if (m === d.length) return b ? [] : [mth(d)];
  const k = split(d.length);
  return m <= k
    ? [...subproof(m, d.slice(0, k), b), mth(d.slice(k))]
    : [...subproof(m - k, d.slice(k), false), mth(d.slice(0, k))];
}

/** Leaf data `from`, `from + 1`, …, as two bytes each. */
export const numberedLeaves = (count: number, from = 0): Uint8Array[] =>
  Array.from({ length: count }, (_, i) =>
    Uint8Array.of(Math.floor((from + i) / 256) % 256, (from + i) % 256),
  );

/** A short list of short leaves. */
export const leaves = (constraints: fc.ArrayConstraints = {}): fc.Arbitrary<Uint8Array[]> =>
  fc.array(fc.uint8Array({ maxLength: 3 }), { maxLength: 40, ...constraints });

/** Two sizes of one tree, the smaller first. */
export const growingSizes = (max: number, min = 0): fc.Arbitrary<[number, number]> =>
  fc
    .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
    .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
