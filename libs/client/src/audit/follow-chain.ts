/** An entry with the index of the submission before it that was about the same signal. */
export interface ChainedEntry {
  readonly index: number;
  readonly prev: number | null;
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
 * its leaf, so a hub that leaves an entry out must also forge the decision after it.
 *
 * @param latest where the chain begins: nothing here proves that it is the latest
 * @param entries with the `prev` of decisions that were verified from their leaves
 * @returns the first gap, or null when the entries are complete
 */
export function followChain(latest: number, entries: readonly ChainedEntry[]): ChainGap | null {
  const prevOf = new Map<number, number | null>();
  for (const { index, prev } of entries) {
    if (prevOf.has(index) && prevOf.get(index) !== prev) return { reason: 'contradiction', index };
    prevOf.set(index, prev);
  }
  const passed = new Set<number>();
  for (let at: number | null = latest; at !== null;) {
    const prev = prevOf.get(at);
    if (prev === undefined) return { reason: 'missing', index: at };
    if (prev !== null && prev >= at) return { reason: 'contradiction', index: at };
    passed.add(at);
    at = prev;
  }
  const stray = [...prevOf.keys()].find((index) => !passed.has(index));
  return stray === undefined ? null : { reason: 'not_in_chain', index: stray };
}
