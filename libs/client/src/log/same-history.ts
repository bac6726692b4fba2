import {
  equalBytes,
  readConsistencyProof,
  TlogError,
  verifyConsistency,
  type TileReader,
  type TreeHead,
} from '#libs/tlog';

/**
 * Whether the tiles of a log prove that `second` extends `first` (RFC 9162 §2.1.4.2); every head extends the empty one.
 *
 * @param first  not greater than `second`
 * @returns false when they do not prove it, which proves nothing
 * @throws ClientError as fetching does
 */
export async function isExtension(tiles: TileReader, first: TreeHead, second: TreeHead): Promise<boolean> {
  if (first.size === second.size) return equalBytes(first.root, second.root);
  if (first.size === 0) return true;
  try {
    const proof = await readConsistencyProof(tiles, first.size, second.size);
    verifyConsistency({ first, second, proof });
    return true;
  } catch (error) {
    if (error instanceof TlogError) return false;
    throw error;
  }
}
