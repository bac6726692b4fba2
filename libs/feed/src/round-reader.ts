import { feedOrigin, readLeaves } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { parseStrictJson, readRound, type Round } from '#libs/protocol';
import { TILE_WIDTH } from '#libs/tlog';
import { ByteBudgetCache } from './byte-budget-cache.js';

/** About 50,000 rounds of two types. */
const CACHE_BYTES = 32 * 1024 * 1024;

/** Objects take a multiple of the text they were read from. */
const BYTES_PER_CHARACTER = 4;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads the rounds of feeds, which never change; full bundles of them are kept in memory. */
export class RoundReader {
  private readonly bundles = new ByteBudgetCache<readonly Round[]>(CACHE_BYTES);

  /** @param hub origin of the hub */
  constructor(private readonly hub: string) {}

  /** Rounds of a feed from index `from` up to, not including, `to`, which must not be beyond the log. */
  async *read(tx: Tx, channel: string, from: number, to: number): AsyncGenerator<Round> {
    for (let at = from; at < to;) {
      const bundle = Math.floor(at / TILE_WIDTH);
      const start = bundle * TILE_WIDTH;
      const end = Math.min(to, start + TILE_WIDTH);
      const rounds = await this.bundle(tx, channel, bundle, start, end);
      for (; at < end; at++) yield rounds[at - start]!;
    }
  }

  private async bundle(
    tx: Tx,
    channel: string,
    bundle: number,
    start: number,
    end: number,
  ): Promise<readonly Round[]> {
    const kept = this.bundles.get(`${channel}/${bundle}`);
    if (kept !== undefined) return kept;
    const leaves = await readLeaves(tx, feedOrigin(this.hub, channel), start, end);
    if (leaves.length !== end - start) throw new Error(`feed ${channel}: rounds are missing from the log`);
    const rounds = leaves.map(decodeRound);
    if (leaves.length === TILE_WIDTH) {
      const characters = leaves.reduce((sum, leaf) => sum + leaf.length, 0);
      this.bundles.set(`${channel}/${bundle}`, rounds, BYTES_PER_CHARACTER * characters);
    }
    return rounds;
  }
}

/** The leaf of a feed as the hub stored it. */
export function decodeRound(leaf: Uint8Array): Round {
  const text = decoder.decode(leaf);
  return readRound(parseStrictJson(text), text);
}
