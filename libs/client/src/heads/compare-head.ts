import { equalBytes, type TileReader } from '#libs/tlog';
import type { VerifiedHead } from '../log/open-checkpoint.js';
import { proveFork, type ProvenFork } from '../log/prove-fork.js';
import { isExtension } from '../log/same-history.js';

/**
 * What two signed heads of one log are to each other. `same`: one head. `one-history`: one is proved to be the past of the other. `fork`:
 * proved to part. `newer`: the other one is of more leaves than the hub serves here, and nothing is proved; it may be a matter of seconds.
 * `unproved`: the hub does not prove what it serves.
 */
export type HeadRelation =
  | { readonly kind: 'same' | 'one-history' | 'newer' | 'unproved' }
  | {
      readonly kind: 'fork';
      readonly first: VerifiedHead;
      readonly second: VerifiedHead;
      readonly fork: ProvenFork;
    };

/**
 * Compares two heads that the policy accepts.
 *
 * @param tiles   of the log, at a size
 * @param served  the head that the hub serves here
 * @param theirs  the head that another member verified
 * @throws ClientError when there is no network
 */
export async function compareHead(
  tiles: (size: number) => TileReader,
  served: VerifiedHead,
  theirs: VerifiedHead,
): Promise<HeadRelation> {
  if (served.size === theirs.size && equalBytes(served.root, theirs.root)) return { kind: 'same' };
  const isNewer = theirs.size > served.size;
  const [first, second] = isNewer ? [served, theirs] : [theirs, served];
  const reader = tiles(second.size);
  if (first.size < second.size && (await isExtension(reader, first, second))) return { kind: 'one-history' };
  const fork = await proveFork(reader, first, second);
  if (fork !== null) return { kind: 'fork', first, second, fork };
  return { kind: isNewer ? 'newer' : 'unproved' };
}
