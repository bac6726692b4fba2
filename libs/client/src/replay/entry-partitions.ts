import { signalTypeByName, type PlacedEntry } from '#libs/protocol';
import { keyBuckets } from '../sha256/key-buckets.js';

/** The partition of each entry. */
export function partitionsOf(entries: readonly PlacedEntry[]): Uint8Array {
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
