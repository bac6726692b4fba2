import { STATE_LEAVES, stateRoot } from '#libs/protocol';
import { equalBytes, leafHash } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { difference, type Difference } from './difference.js';
import type { StateSource } from './state-source.js';
import type { TimelineItem, TimelineState } from './timeline.js';

/** How many `state` statements commit to what was replayed, and which do not. */
export interface MetStates {
  readonly met: number;
  readonly differences: Difference[];
}

/**
 * Holds each `state` statement to the root of the leaves that the replay itself leads to (docs/protocol-state.md, "Checking a state").
 *
 * @param chunks hashes of leaves 1 to 256 as replayed, by log index of the statement
 * @param source where the leaves of the hub are, to say which one differs
 */
export async function meetStates(
  timeline: readonly TimelineItem[],
  chunks: ReadonlyMap<number, readonly Uint8Array[]>,
  source: StateSource,
): Promise<MetStates> {
  const differences: Difference[] = [];
  let met = 0;
  for (const item of timeline) {
    if (item.kind !== 'state') continue;
    const { index, size, root, directory } = item.state;
    const hashes = [directory, ...chunks.get(index)!];
    if (stateRoot(hashes) === root) met += 1;
    else {
      const where = await whereItDiffers(item.state, hashes, source);
      const detail = `commits to another state than the ${size} statements before it lead to: ${where}`;
      differences.push(difference('wrong_state', detail, { index }));
    }
  }
  return { met, differences };
}

/** The first leaf of the hub that is not the replayed one. */
async function whereItDiffers(
  { index }: TimelineState,
  hashes: readonly Uint8Array[],
  source: StateSource,
): Promise<string> {
  for (let number = 0; number < STATE_LEAVES; number++) {
    const leaf = await shownLeaf(source, index, number);
    if (leaf === null) return `the hub does not show leaf ${number}`;
    if (equalBytes(leafHash(leaf), hashes[number]!)) continue;
    return number === 0 ? 'leaf 0, the directory, differs' : `leaf ${number} differs`;
  }
  return 'the leaves that it shows are not those of the statement';
}

/** A hub that refuses its leaves must not keep the report back. */
async function shownLeaf(source: StateSource, index: number, number: number): Promise<Uint8Array | null> {
  try {
    return await source.leaf(index, number);
  } catch (error) {
    if (error instanceof ClientError) return null;
    throw error;
  }
}
