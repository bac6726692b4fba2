import type { LogCopy } from '../log/log-copy.js';
import { readRounds } from '../pull/read-rounds.js';

/** Leaves from `from` up to `to` (not included) whose packs of a type are not read: `to` is the snapshot that stands for them. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What of a feed is not read, by type. */
export type Gaps = Record<string, Gap[]>;

/** How far a feed is read. */
interface ReadFeed {
  readonly rounds: number;
  readonly offset: number;
  readonly gaps: Gaps;
}

const HORIZON = Buffer.from('{"cairn":"feed/1","kind":"horizon",');

/**
 * Looks ahead for horizons among the leaves that are not read yet: what they say is not served any more is then not asked for.
 *
 * @throws ClientError `ROUND_INVALID`, …
 */
export async function noteGaps(
  feed: string,
  copy: LogCopy,
  { rounds, offset, gaps }: ReadFeed,
): Promise<void> {
  const sizes = new Map<string, number>();
  for await (const { index, leaf } of copy.leaves(rounds, offset)) {
    if (!HORIZON.equals(leaf.subarray(0, HORIZON.length))) continue;
    const [read] = readRounds(feed, index, [leaf], null);
    if (read?.round.kind !== 'horizon') continue;
    for (const { type, size } of read.round.horizons) sizes.set(type, Math.max(size, sizes.get(type) ?? 0));
  }
  for (const [type, to] of sizes) {
    if (to <= rounds || isUnread(gaps, type, to - 1)) continue;
    gaps[type] = [...(gaps[type] ?? []), { from: rounds, to }];
  }
}

/** Whether what a leaf announces of a type is not read. */
export function isUnread(gaps: Gaps, type: string, index: number): boolean {
  return gaps[type]?.some(({ from, to }) => from <= index && index < to) ?? false;
}

/** Whether anything of a type is not read among the leaves from `from` up to `to`. */
export function isPartlyUnread(gaps: Gaps, type: string, from: number, to: number): boolean {
  return gaps[type]?.some((gap) => gap.from < to && from < gap.to) ?? false;
}
