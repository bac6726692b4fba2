import type { Change } from '#libs/protocol';
import type { RoundRange } from '../access-history/index.js';

/** What a round did to one record. */
export interface RecordChange {
  /** Index of the round, or of the snapshot. */
  readonly round: number;
  /** Index of the first leaf that it may have come from: of a snapshot 0, since it stands for all leaves before it; else `round`. */
  readonly first: number;
  readonly op: Change['op'];
  /** Whether the round announces no other pack of the type, so that who was served one there was served this one. */
  readonly alone: boolean;
}

/**
 * Sizes of a feed after whose rounds it holds a record.
 *
 * @param changes of the record, in order of rounds
 * @param size rounds that the changes are of
 */
export function presenceOf(changes: readonly RecordChange[], size: number): RoundRange[] {
  const ranges: RoundRange[] = [];
  let from: number | null = null;
  for (const { round, first, op } of changes) {
    // Of the leaves below a snapshot nobody knows any more which brought it, and who begins with the snapshot begins at 0.
    if (op === 'add') from = first === round ? round + 1 : first;
    if (op !== 'remove' || from === null) continue;
    ranges.push({ from, to: round + 1 });
    from = null;
  }
  return from === null ? ranges : [...ranges, { from, to: size + 1 }];
}

/** Ranges as PostgreSQL spells a multirange of integers. */
export function multirangeText(ranges: readonly RoundRange[]): string {
  return `{${ranges.map(({ from, to }) => `[${from},${to})`).join(',')}}`;
}

/** The leaves that changes may have come from, one range each. */
export function rangesOf(changes: readonly Pick<RecordChange, 'round' | 'first'>[]): RoundRange[] {
  return changes.map(({ round, first }) => ({ from: first, to: round + 1 }));
}
