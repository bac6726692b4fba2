import type { Tx } from '#libs/platform';
import { openPack, type Pack, type RoundPack } from '#libs/protocol';
import { ByteBudgetCache, FORGET_MS } from './byte-budget-cache.js';

const CACHE_BYTES = 64 * 1024 * 1024;

/** Bytes of packs fetched in one query, more only when one pack is larger. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/** What a decoded pack takes besides its bytes. */
const OVERHEAD_BYTES = 1024;

/**
 * Reads packs, each checked against what its leaf announces; those used lately are kept in memory, decoded. One that the database does not have any more
 * is not read from memory either.
 */
export class PackReader {
  private readonly packs: ByteBudgetCache<Pack>;

  /** @param cacheBytes that decoded packs may take */
  constructor(cacheBytes = CACHE_BYTES) {
    this.packs = new ByteBudgetCache(cacheBytes, FORGET_MS);
  }

  /**
   * The packs of one type that rounds announce, one by one in the order given.
   *
   * @throws PackError when the stored bytes are not what was announced; Error when there are none
   */
  async *open(tx: Tx, channelId: number, type: string, named: readonly RoundPack[]): AsyncGenerator<Pack> {
    for (const batch of batches(named)) {
      const ready = batch.map((pack) => this.packs.get(pack.digest));
      const absent = batch.filter((_, i) => ready[i] === undefined);
      const stored = await fetchPacks(tx, channelId, batch, absent);
      for (const [i, pack] of batch.entries()) {
        if (!stored.has(pack.digest)) this.packs.delete(pack.digest);
        const bytes = stored.get(pack.digest);
        yield bytes === null ? ready[i]! : this.decode(type, pack, bytes);
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

/** Of the packs that are stored, the bytes of those asked for, by digest. */
async function fetchPacks(
  tx: Tx,
  channelId: number,
  named: readonly RoundPack[],
  wanted: readonly RoundPack[],
): Promise<Map<string, Buffer | null>> {
  const rows = await tx.query<{ digest: string; data: Buffer | null }>(
    `SELECT encode(p.digest, 'hex') AS digest, CASE WHEN n.wanted THEN p.data END AS data
       FROM unnest($2::text[], $3::boolean[]) AS n (digest, wanted)
       JOIN cairn.pack p ON p.channel_id = $1 AND p.digest = decode(n.digest, 'hex')`,
    [channelId, named.map(({ digest }) => digest), named.map((pack) => wanted.includes(pack))],
  );
  return new Map(rows.map(({ digest, data }) => [digest, data]));
}
