import { toHex, TileTree } from '#libs/protocol';
import { difference, type Difference } from './difference.js';
import type { PartitionRoot } from './partition-results.js';
import type { Step, TimelineItem } from './timeline.js';

/** How many set roots were met, and which were not. */
export interface MetRoots {
  readonly met: number;
  readonly differences: Difference[];
}

/** The subtrees of one set by partition, with the tree over them. */
interface SetHead {
  tree: TileTree;
  readonly records: Uint32Array;
}

type RoundItem = Extract<TimelineItem, { kind: 'round' | 'snapshot' | 'base_round' }>;

/** Height of a partition's subtree. */
const PARTITION_HEIGHT = 8;

/**
 * Puts the subtrees of all partitions together and compares them with every set root and number of records that rounds announce. At the first
 * that is not met of a type, the rest of that type is left: everything after it differs, too.
 *
 * @param partitions the roots of each partition, by ascending step
 */
export async function meetRoots(
  timeline: readonly TimelineItem[],
  partitions: readonly AsyncIterator<PartitionRoot, void, undefined>[],
): Promise<MetRoots> {
  const heads = await Promise.all(partitions.map(async (roots) => (await roots.next()).value ?? null));
  const sets = new Map<string, SetHead>();
  const lost = new Set<string>();
  const differences: Difference[] = [];
  let met = 0;
  const advance = async ({ step }: Step, set: SetHead): Promise<void> => {
    const leaves = new Map<number, Uint8Array>();
    for (const [partition, head] of heads.entries()) {
      if (head?.step !== step) continue;
      leaves.set(partition, head.root);
      set.records[partition] = head.records;
      heads[partition] = (await partitions[partition]!.next()).value ?? null;
    }
    set.tree = set.tree.with(leaves);
  };
  for (const { kind, round: announced } of roundsOf(timeline)) {
    const { feed, round, types } = announced;
    for (const { type, steps, broken } of types) {
      const place = `${feed}/${type}`;
      // A snapshot begins with nothing, whatever was before it.
      if (kind === 'snapshot') {
        sets.delete(place);
        lost.delete(place);
      }
      if (broken || lost.has(place)) lost.add(place);
      const set = sets.get(place) ?? {
        tree: TileTree.empty(PARTITION_HEIGHT),
        records: new Uint32Array(partitions.length),
      };
      sets.set(place, set);
      for (const [part, step] of steps.entries()) {
        await advance(step, set);
        if (lost.has(place)) continue;
        const wrong = whatDiffers(step, set);
        if (wrong === null) met += kind === 'base_round' ? 0 : 1;
        else {
          lost.add(place);
          const detail = `${wrong}, at pack ${part + 1} of ${steps.length}`;
          differences.push(difference('wrong_set_root', detail, { feed, round, type }));
        }
      }
    }
  }
  return { met, differences };
}

/** The records of a state that a replay begins with must lead to the sets of its time, too, and so must those of a snapshot. */
function* roundsOf(timeline: readonly TimelineItem[]): Generator<RoundItem> {
  for (const item of timeline)
    if (item.kind === 'round' || item.kind === 'snapshot' || item.kind === 'base_round') yield item;
}

function whatDiffers({ root, count }: Step, { tree, records }: SetHead): string | null {
  if (toHex(tree.root) !== root) return 'the packs do not lead to the set root';
  const held = records.reduce((sum, one) => sum + one, 0);
  return held === count ? null : 'the packs do not lead to the number of records';
}
