import { equalBytes } from '#libs/tlog';
import { hexOf, type ComparedType, type Knowledge } from './compare-round.js';
import { difference, type Difference } from './difference.js';
import type { AnnouncedChange } from './spill-records.js';

/** Holds every record of a snapshot to what follows from the log, and looks for those that it lacks. */
export function compareSnapshot(
  { feed, type, signals }: Omit<ComparedType, 'announced'>,
  records: readonly AnnouncedChange[],
  round: number,
  knowledge: Knowledge,
): Difference[] {
  const byKey = new Map(records.map((record) => [hexOf(record.key), record]));
  const differences: Difference[] = [];
  for (const key of new Set([...signals.keys(), ...byKey.keys()])) {
    const expected = signals.get(key)?.metadata ?? null;
    const detail = whatDiffers(expected, byKey.get(key)?.metadata ?? null, knowledge);
    if (detail !== null) differences.push(difference('wrong_snapshot', detail, { feed, round, type, key }));
  }
  return differences;
}

/** Who knows only what it said itself knows that a claim of its own that stands makes a record. */
function whatDiffers(
  expected: Uint8Array | null,
  found: Uint8Array | null,
  knowledge: Knowledge,
): string | null {
  if (expected !== null && found === null) return 'the snapshot lacks a record to which the log leads';
  if (knowledge === 'own' || found === null) return null;
  if (expected === null) return 'the snapshot has a record to which nothing in the log leads';
  return equalBytes(expected, found) ? null : 'the snapshot has other metadata than follow from the log';
}
