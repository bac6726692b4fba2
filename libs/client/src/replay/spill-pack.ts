import {
  openPack,
  PackError,
  packMetadata,
  signalTypeByName,
  toHex,
  type KeyColumn,
  type Pack,
  type RoundPack,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { keyBuckets } from '../sha256/key-buckets.js';
import type { SpillWriter } from './spill-file.js';
import { putRecordChange, putRemoval, putStep } from './spill-records.js';
import type { TypeProgress } from './type-progress.js';

/** A pack that can be compared, or what is wrong with it. */
export type OpenedPack =
  { readonly ok: true; readonly pack: Pack } | { readonly ok: false; readonly detail: string };

/** Opens the pack that a round announces for a type, whose set is as the packs before leave it. */
export async function openAnnounced(
  type: string,
  announced: RoundPack,
  before: TypeProgress,
  fetch: () => Promise<Uint8Array | null>,
): Promise<OpenedPack> {
  const known = signalTypeByName(type);
  if (known === undefined) return { ok: false, detail: 'is of a signal type that there is not' };
  try {
    const bytes = await fetch();
    if (bytes === null) return { ok: false, detail: 'is announced, and not served' };
    const pack = openPack(type, announced, bytes);
    if (pack.keyLength !== known.keyLength || pack.hasValues)
      return { ok: false, detail: 'has keys of another type' };
    if (toHex(pack.from) !== before.root)
      return { ok: false, detail: 'applies to another set than the one before it leaves' };
    const count = before.count + announced.added - announced.removed;
    if (count !== announced.count)
      return { ok: false, detail: 'is announced with a count that does not follow' };
    return { ok: true, pack };
  } catch (error) {
    if (error instanceof PackError) return { ok: false, detail: `${error.message} (${error.code})` };
    if (error instanceof ClientError && error.code === 'PACK_LENGTH')
      return { ok: false, detail: error.reason };
    throw error;
  }
}

/** Sorts the changes of a pack into the partitions. */
export function spillPack({ streams }: SpillWriter, step: number, pack: Pack): void {
  const begun = new Set<number>();
  const streamOf = (bucket: number) => {
    const partition = bucket >>> 8;
    const stream = streams[partition]!;
    if (!begun.has(partition)) putStep(stream, step);
    begun.add(partition);
    return stream;
  };
  for (const op of ['add', 'update'] as const) {
    const column = op === 'add' ? pack.added : pack.updated;
    eachKey(pack, column, (bucket, key, at) =>
      putRecordChange(streamOf(bucket), op, key, packMetadata(pack, column, at)),
    );
  }
  eachKey(pack, pack.removed, (bucket, key, at) =>
    putRemoval(streamOf(bucket), key, pack.removed.reasons[at]!),
  );
}

function eachKey(
  { keyLength }: Pack,
  { keys, count }: KeyColumn,
  put: (bucket: number, key: Uint8Array, at: number) => void,
): void {
  const buckets = keyBuckets(keys, 0, keyLength, count);
  for (let at = 0; at < count; at++)
    put(buckets[at]!, keys.subarray(at * keyLength, (at + 1) * keyLength), at);
}
