import type { Change } from '#libs/protocol';
import type { RoundRange } from '../access-history/index.js';

/** What a round did to one record. */
export interface RecordChange {
  /** Index of the round. */
  readonly round: number;
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
  for (const { round, op } of changes) {
    if (op === 'add') from = round + 1;
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

/** The rounds of changes, one range each. */
export function rangesOf(changes: readonly Pick<RecordChange, 'round'>[]): RoundRange[] {
  return changes.map(({ round }) => ({ from: round, to: round + 1 }));
}
