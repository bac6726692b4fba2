import { sha256 } from '#libs/tlog';
import { toHex } from './bytes.js';
import { decodePack } from './pack-decoder.js';
import { PackError } from './pack-error.js';
import type { Pack } from './pack.js';
import type { RoundPack } from './round.js';

/** Name of a pack: SHA-256 of all its bytes, lower-case hex. */
export function packDigest(bytes: Uint8Array): string {
  return toHex(sha256(bytes));
}

/**
 * Reads the pack that a round announces for `type`: length and digest are compared before anything is parsed, then
 * type, counts and root.
 *
 * @throws PackError `bytes-mismatch`, `digest-mismatch`, `type-mismatch`, `count-mismatch`, `root-mismatch`, or as
 *   `decodePack` does
 */
export function openPack(type: string, announced: RoundPack, bytes: Uint8Array): Pack {
  if (bytes.length !== announced.bytes)
    throw new PackError('bytes-mismatch', 'pack: not as long as announced');
  if (packDigest(bytes) !== announced.digest)
    throw new PackError('digest-mismatch', 'pack: not the one announced');
  const pack = decodePack(bytes);
  if (pack.type !== type) throw new PackError('type-mismatch', 'pack: of another type than announced');
  for (const section of ['added', 'updated', 'removed'] as const) {
    if (pack[section].count !== announced[section]) {
      throw new PackError('count-mismatch', `pack: not as many ${section} as announced`);
    }
  }
  if (toHex(pack.to) !== announced.root) throw new PackError('root-mismatch', 'pack: leads to another root');
  return pack;
}
