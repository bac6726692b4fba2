import { feedOrigin, readLeaves } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import {
  countStep,
  foldPacks,
  NO_STEPS,
  openPack,
  packContents,
  parseStrictJson,
  readRound,
  type Pack,
  type RollupLeaf,
  type RollupWindow,
  type Round,
  type RoundPack,
} from '#libs/protocol';

/**
 * Holds the rollups of a feed to its rounds: each that is due is there and no other, and each pack is the fold of those of the rounds. Types of which
 * more than one round changed little are in it. Throws at the first thing that is not so.
 *
 * @returns how many packs of rollups there are
 */
export async function checkRollups(database: Database, hub: string, channel: string): Promise<number> {
  return database.read('rollups', 'system:test', async (tx) => {
    const leaves = await leavesOf(tx, hub, channel);
    let [steps, due, packs]: [typeof NO_STEPS, RollupWindow[], number] = [NO_STEPS, [], 0];
    for (const [index, leaf] of leaves.entries()) {
      const window = due.shift();
      if (leaf.kind === 'rollup') {
        require(leaf.from === window?.from &&
          leaf.to === window.to, `rollup ${index} is not the one that is due`);
        packs += await checkRollup(tx, channel, leaves, leaf);
        continue;
      }
      require(window === undefined, `a rollup is missing before leaf ${index}`);
      ({ after: steps, due } = countStep(steps, index));
    }
    return packs;
  });
}

async function checkRollup(
  tx: Tx,
  channel: string,
  leaves: readonly Round[],
  leaf: RollupLeaf,
): Promise<number> {
  const rounds = leaves.slice(leaf.from, leaf.to).flatMap((one) => (one.kind === 'round' ? one.changes : []));
  for (const type of new Set(rounds.map((one) => one.type))) {
    const named = rounds.filter((one) => one.type === type).flatMap((one) => one.packs);
    const packs: Pack[] = [];
    for (const announced of named) packs.push(await packOf(tx, channel, type, announced));
    const { changes } = foldPacks(packs);
    const found = leaf.changes.find((one) => one.type === type);
    const isDue = named.length > 1 && changes.length > 0;
    require(isDue === (found !== undefined), `${type} is ${isDue ? 'not' : ''} in a rollup up to ${leaf.to}`);
    if (found === undefined) continue;
    const folded = packContents(await packOf(tx, channel, type, found.packs[0]!)).changes;
    const same = JSON.stringify(folded) === JSON.stringify(changes);
    require(same &&
      found.root === named.at(-1)!.root, `a rollup up to ${leaf.to} is not the fold of its rounds`);
  }
  return leaf.changes.length;
}

async function leavesOf(tx: Tx, hub: string, channel: string): Promise<Round[]> {
  const origin = feedOrigin(hub, channel);
  const [log] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE origin = $1',
    [origin],
  );
  return (await readLeaves(tx, origin, 0, log!.size)).map((leaf) => {
    const text = Buffer.from(leaf).toString();
    return readRound(parseStrictJson(text), text);
  });
}

async function packOf(tx: Tx, channel: string, type: string, announced: RoundPack): Promise<Pack> {
  const [row] = await tx.query<{ data: Buffer }>(
    `SELECT data FROM cairn.pack p JOIN cairn.channel c ON c.id = p.channel_id
      WHERE c.name = $1 AND digest = decode($2, 'hex')`,
    [channel, announced.digest],
  );
  return openPack(type, announced, row!.data);
}

function require(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
