/** An entry with the index of the submission before it that was about the same signal. */
export interface ChainedEntry {
  readonly index: number;
  readonly prev: number | null;
  /** Log index of the statement that erased it: decisions after that do not name it. */
  readonly erasedBy?: number | null;
}

/** Why the entries shown are not all there are. */
export type ChainGap =
  /** The chain names a submission that is not shown. */
  | { readonly reason: 'missing'; readonly index: number }
  /** The lines of one submission disagree, or name one that is not before it. */
  | { readonly reason: 'contradiction'; readonly index: number }
  /** A submission is shown that the chain passes by. */
  | { readonly reason: 'not_in_chain'; readonly index: number };

/**
 * Follows the previous index of each decision from the latest submission about a signal back to the first. Every decision is committed to by
 * its leaf, so a hub that leaves an entry out must also forge the decision after it. A decision passes by what was erased before it was logged, and
 * nothing leads to what was erased after the latest.
 *
 * @param latest where the chain begins: nothing here proves that it is the latest
 * @param entries with the `prev` of decisions that were verified from their leaves
 * @returns the first gap, or null when the entries are complete
 */
export function followChain(latest: number, entries: readonly ChainedEntry[]): ChainGap | null {
  const prevOf = new Map<number, number | null>();
  const erasedBy = new Map<number, number>();
  for (const { index, prev, erasedBy: by = null } of entries) {
    // A submission is passed by only when none of its lines was left.
    erasedBy.set(index, Math.max(erasedBy.get(index) ?? 0, by ?? Infinity));
    if (prevOf.has(index) && prevOf.get(index) !== prev) return { reason: 'contradiction', index };
    prevOf.set(index, prev);
  }
  let stray: number | null = null;
  let next: number | null = latest;
  let from = Infinity;
  for (const index of [...prevOf.keys()].sort((a, b) => b - a)) {
    if (next !== null && index < next) return { reason: 'missing', index: next };
    if (index === next) {
      next = prevOf.get(index)!;
      if (next !== null && next >= index) return { reason: 'contradiction', index };
      from = index;
    } else if (erasedBy.get(index)! >= from) stray ??= index;
  }
  if (next !== null) return { reason: 'missing', index: next };
  return stray === null ? null : { reason: 'not_in_chain', index: stray };
}
