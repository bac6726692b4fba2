import type { Tx } from '#libs/platform';
import { openPack, type Pack, type RoundPack } from '#libs/protocol';
import { ByteBudgetCache } from './byte-budget-cache.js';

const CACHE_BYTES = 64 * 1024 * 1024;

/** Bytes of packs fetched in one query, more only when one pack is larger. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/** What a decoded pack takes besides its bytes. */
const OVERHEAD_BYTES = 1024;

/** Reads packs, each checked against what its round announces; those used lately are kept in memory, decoded. */
export class PackReader {
  private readonly packs = new ByteBudgetCache<Pack>(CACHE_BYTES);

  /**
   * The packs of one type that rounds announce, one by one in the order given.
   *
   * @throws PackError when the stored bytes are not what was announced; Error when there are none
   */
  async *open(tx: Tx, channelId: number, type: string, named: readonly RoundPack[]): AsyncGenerator<Pack> {
    for (const batch of batches(named)) {
      const ready = batch.map((pack) => this.packs.get(pack.digest));
      const absent = batch.filter((_, i) => ready[i] === undefined);
      const bytes = await fetchPacks(tx, channelId, absent);
      for (const [i, pack] of batch.entries()) {
        yield ready[i] ?? this.decode(type, pack, bytes.get(pack.digest));
      }
    }
  }

  private decode(type: string, announced: RoundPack, bytes: Buffer | undefined): Pack {
    if (bytes === undefined) throw new Error(`the pack ${announced.digest} that a round names is not stored`);
    const pack = openPack(type, announced, bytes);
    this.packs.set(announced.digest, pack, bytes.length + OVERHEAD_BYTES);
    return pack;
  }
}

/** Runs of packs that are fetched together. */
function* batches(named: readonly RoundPack[]): Generator<RoundPack[]> {
  let batch: RoundPack[] = [];
  let bytes = 0;
  for (const item of named) {
    if (batch.length > 0 && bytes + item.bytes > BYTES_AT_ONCE) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(item);
    bytes += item.bytes;
  }
  if (batch.length > 0) yield batch;
}

async function fetchPacks(
  tx: Tx,
  channelId: number,
  named: readonly RoundPack[],
): Promise<Map<string, Buffer>> {
  if (named.length === 0) return new Map();
  const rows = await tx.query<{ digest: string; data: Buffer }>(
    `SELECT encode(digest, 'hex') AS digest, data FROM cairn.pack
      WHERE channel_id = $1 AND digest IN (SELECT decode(d, 'hex') FROM unnest($2::text[]) AS d)`,
    [channelId, named.map((pack) => pack.digest)],
  );
  return new Map(rows.map(({ digest, data }) => [digest, data]));
}
