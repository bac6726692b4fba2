import { signalTypeByName, type PlacedEntry } from '#libs/protocol';
import { keyBuckets } from '../sha256/key-buckets.js';
import type { SpillWriter } from './spill-file.js';
import { putEntry, putSubmission, type Names, type SubmissionFacts } from './spill-records.js';

/** Sorts the entries of a submission into the partitions; each that has one of them has the facts once. */
export function spillEntries(
  { streams }: SpillWriter,
  names: Names,
  facts: SubmissionFacts,
  entries: readonly PlacedEntry[],
): void {
  const begun = new Set<number>();
  const partitions = partitionsOf(entries);
  entries.forEach((entry, at) => {
    const partition = partitions[at]!;
    const stream = streams[partition]!;
    if (!begun.has(partition)) putSubmission(stream, facts, names);
    begun.add(partition);
    putEntry(stream, entry);
  });
}

/** The partition of each entry. */
function partitionsOf(entries: readonly PlacedEntry[]): Uint8Array {
  const partitions = new Uint8Array(entries.length);
  for (const type of new Set(entries.map((entry) => entry.type))) {
    const { keyLength } = signalTypeByName(type)!;
    const places = [...entries.keys()].filter((at) => entries[at]!.type === type);
    const keys = new Uint8Array(places.length * keyLength);
    places.forEach((at, i) => keys.set(entries[at]!.key, i * keyLength));
    keyBuckets(keys, 0, keyLength, places.length).forEach(
      (bucket, i) => (partitions[places[i]!] = bucket >>> 8),
    );
  }
  return partitions;
}
