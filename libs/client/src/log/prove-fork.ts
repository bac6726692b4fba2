import {
  equalBytes,
  readCompactRange,
  readConsistencyProof,
  TlogError,
  verifyConsistency,
  type TileReader,
  type TreeHead,
} from '#libs/tlog';
import { ClientError } from '../client-error.js';

/** What shows that a head has another past than a smaller one. */
export interface ProvenFork {
  /** The root that the greater head has at the size of the smaller one. */
  readonly other: Uint8Array;
  /** Consistency proof from `other` to the greater head, as RFC 9162 §2.1.4.1 orders it. */
  readonly path: readonly Uint8Array[];
}

/**
 * Shows by the tiles of the log itself that `second` has another past than `first`: a proof that does not lead from one to the other says
 * nothing, a proof from another root of the same size says all.
 *
 * @param first  1 leaf or more, and no more than `second`
 * @returns null when the tiles do not show it
 * @throws ClientError when there is no network
 */
export async function proveFork(
  tiles: TileReader,
  first: TreeHead,
  second: TreeHead,
): Promise<ProvenFork | null> {
  if (first.size === second.size)
    return equalBytes(first.root, second.root) ? null : { other: second.root, path: [] };
  try {
    const other = (await readCompactRange(tiles, first.size)).root();
    const path = await readConsistencyProof(tiles, first.size, second.size);
    verifyConsistency({ first: { size: first.size, root: other }, second, proof: path });
    return equalBytes(other, first.root) ? null : { other, path };
  } catch (error) {
    if (error instanceof TlogError) return null;
    if (error instanceof ClientError && error.kind !== 'network') return null;
    throw error;
  }
}
