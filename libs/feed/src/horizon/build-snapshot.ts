import type { Tx } from '#libs/platform';
import {
  encodePack,
  PACK_LIMITS,
  signalTypeByCode,
  splitChanges,
  toHex,
  type AddChange,
  type RoundPack,
  type RoundTypeChange,
} from '#libs/protocol';
import type { BucketedChange } from '#libs/signals';
import { announcePack } from '../announce-pack.js';
import { EMPTY_SET_ROOT } from '../feed-reader.js';
import { storePack } from '../store-pack.js';
import { GrowingSet } from './growing-set.js';

/** A set as the last leaf of its feed left it. */
export interface PublishedSet {
  readonly channelId: number;
  readonly typeCode: number;
  readonly records: number;
  /** Hex. */
  readonly root: string;
  /** Index of the leaf that is to announce the snapshot: the next of a locked log. */
  readonly index: number;
}

type Addition = BucketedChange & AddChange;

const NO_VALUE = new Uint8Array(0);

/**
 * Stores the packs that lead from the empty set to a set, which are read in order of key and never held all at once.
 *
 * @throws Error when the records do not lead to the root: then nothing may be built on them
 */
export async function buildSnapshot(tx: Tx, set: PublishedSet): Promise<RoundTypeChange> {
  const { name: type, keyLength } = signalTypeByCode(set.typeCode)!;
  const shape = { type, keyLength, hasValues: false };
  const grown = new GrowingSet();
  const packs: RoundPack[] = [];
  for await (const additions of readAdditions(tx, set)) {
    for (const part of splitChanges(shape, additions)) {
      const from = grown.root;
      grown.add(part as Addition[]);
      const data = encodePack({ ...shape, from, to: grown.root, changes: part });
      const announced = announcePack(data, part, { count: grown.count, root: toHex(grown.root) });
      packs.push(announced);
      const { channelId, typeCode, index } = set;
      // Who fetches it gets what a delta from nothing gives.
      const fold = { from: 0, to: index };
      await storePack(tx, { channelId, typeCode, digest: announced.digest, data, fold });
    }
  }
  const root = packs.at(-1)?.root ?? EMPTY_SET_ROOT;
  if (root !== set.root || grown.count !== set.records)
    throw new Error(
      `channel ${set.channelId}, type ${set.typeCode}: the records do not lead to the set root`,
    );
  return { type, count: set.records, root, packs };
}

/** As many as one pack takes at most, page by page. */
async function* readAdditions(tx: Tx, { channelId, typeCode }: PublishedSet): AsyncGenerator<Addition[]> {
  await tx.query(
    `DECLARE snapshot_records NO SCROLL CURSOR FOR
      SELECT bucket, key, metadata FROM cairn.record
       WHERE channel_id = ${Number(channelId)} AND type_code = ${Number(typeCode)} AND metadata IS NOT NULL ORDER BY key`,
  );
  for (;;) {
    const rows = await tx.query<{ bucket: number; key: Buffer; metadata: Buffer }>(
      `FETCH ${PACK_LIMITS.changes} FROM snapshot_records`,
    );
    if (rows.length === 0) break;
    yield rows.map((row) => ({ op: 'add', ...row, value: NO_VALUE }));
  }
  await tx.query('CLOSE snapshot_records');
}
