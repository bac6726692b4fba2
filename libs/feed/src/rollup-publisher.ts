import { appendLeaves, readLeaves, type LogRow } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import {
  countStep,
  encodePack,
  encodeRound,
  foldPacks,
  NO_STEPS,
  type Pack,
  type RollupWindow,
  type Round,
  type RoundTypeChange,
  signalTypeByName,
  type StepCount,
  TypeChain,
} from '#libs/protocol';
import { announcePack } from './announce-pack.js';
import { typeHorizons } from './horizon/type-horizon.js';
import { PackReader } from './pack-reader.js';
import { decodeRound } from './round-reader.js';
import { storePack } from './store-pack.js';
import { newNonce } from './round-nonce.js';

/**
 * A type is left out of a rollup when the packs that would be folded are larger: rollups spare requests, and a few requests for large packs do not matter,
 * while folding them would double what bulk intake writes.
 */
const MOST_FOLDED = { bytes: 1024 * 1024, changes: 16_384 } as const;

/** Packs are read here that were written a moment ago, each once or twice. */
const CACHE_BYTES = 4 * 1024 * 1024;

const encoder = new TextEncoder();

/** A step of a feed, and the feed's log after it. */
export interface PublishedStep {
  readonly channelId: number;
  readonly round: Round;
  readonly log: LogRow;
}

/** Appends rollups to feeds (docs/protocol-feed.md, "Rollup"). When one is due follows from the number of steps alone, and never from what they changed. */
export class RollupPublisher {
  private readonly packs = new PackReader(CACHE_BYTES);

  /** Counts a step that was just appended to a locked log, and appends the rollups that are due after it. */
  async afterStep(tx: Tx, step: PublishedStep): Promise<void> {
    const { channelId } = step;
    const { after, due } = countStep(await readSteps(tx, channelId), step.log.size - 1);
    await writeSteps(tx, channelId, after);
    let { log } = step;
    for (const window of due) log = await this.rollUp(tx, { ...step, log }, window);
  }

  private async rollUp(
    tx: Tx,
    { channelId, round, log }: PublishedStep,
    window: RollupWindow,
  ): Promise<LogRow> {
    const { feed, time, log: head } = round;
    // Not by way of a cache: these leaves are there for good only once the transaction is.
    const leaves = await readLeaves(tx, log.origin, window.from, log.size);
    const horizons = await typeHorizons(tx, channelId);
    const changes: RoundTypeChange[] = [];
    for (const [type, chain] of chainsOf(window, leaves.map(decodeRound))) {
      // What is below the horizon must not come back as a fold.
      if ((horizons.get(signalTypeByName(type)!.code) ?? 0) > window.from) continue;
      const change = await this.fold(tx, channelId, type, chain, window);
      if (change !== null) changes.push(change);
    }
    changes.sort((a, b) => (a.type < b.type ? -1 : 1));
    const nonce = newNonce();
    const leaf = encodeRound({ kind: 'rollup', feed, time, log: head, nonce, ...window, changes });
    return appendLeaves(tx, log, [encoder.encode(leaf)], time);
  }

  /** The fold of what a window did to a type, made of the rollups and packs that are cheapest to read; null when it spares nobody anything. */
  private async fold(
    tx: Tx,
    channelId: number,
    type: string,
    chain: TypeChain,
    fold: RollupWindow,
  ): Promise<RoundTypeChange | null> {
    const named = chain.cover().links.flatMap(({ packs }) => packs);
    const bytes = named.reduce((sum, pack) => sum + pack.bytes, 0);
    const changed = named.reduce((sum, { added, updated, removed }) => sum + added + updated + removed, 0);
    if (named.length < 2 || bytes > MOST_FOLDED.bytes || changed > MOST_FOLDED.changes) return null;
    const packs: Pack[] = [];
    for await (const pack of this.packs.open(tx, channelId, type, named)) packs.push(pack);
    const folded = foldPacks(packs);
    if (folded.changes.length === 0) return null;
    const data = encodePack(folded);
    const { count, root } = chain.end;
    const announced = announcePack(data, folded.changes, { count, root });
    const { digest } = announced;
    await storePack(tx, { channelId, typeCode: signalTypeByName(type)!.code, digest, data, fold });
    return { type, count, root, packs: [announced] };
  }
}

/** What leaves from the begin of a window on say of each type. */
function chainsOf({ from }: RollupWindow, leaves: readonly Round[]): Map<string, TypeChain> {
  const chains = new Map<string, TypeChain>();
  for (const [at, leaf] of leaves.entries()) {
    if (leaf.kind !== 'round' && leaf.kind !== 'rollup') continue;
    for (const change of leaf.changes) {
      const chain = chains.get(change.type) ?? chainBefore(from, change);
      chains.set(change.type, chain);
      if (leaf.kind === 'round') chain.addRound(from + at, change);
      else chain.addRollup(from + at, leaf, change);
    }
  }
  return chains;
}

/** The root before the first change is in its pack alone, and not needed here. */
function chainBefore(size: number, { packs }: RoundTypeChange): TypeChain {
  const { count, added, removed } = packs[0]!;
  return new TypeChain({ size, count: count - added + removed, root: '' });
}

async function readSteps(tx: Tx, channelId: number): Promise<StepCount> {
  const [row] = await tx.query<StepCount>(
    'SELECT steps::float8 AS steps, starts::float8[] AS starts FROM cairn.feed_steps WHERE channel_id = $1',
    [channelId],
  );
  return row ?? NO_STEPS;
}

async function writeSteps(tx: Tx, channelId: number, { steps, starts }: StepCount): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.feed_steps (channel_id, steps, starts) VALUES ($1, $2, $3)
      ON CONFLICT (channel_id) DO UPDATE SET steps = excluded.steps, starts = excluded.starts`,
    [channelId, steps, starts],
  );
}
