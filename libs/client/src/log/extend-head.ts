import { CompactRange, equalBytes, leafHash, readCompactRange, TlogError, type TreeHead } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { StaticLog } from './static-log.js';

/** The last head verified, with all that is needed to go on from it. */
export interface KnownHead extends TreeHead {
  /** As `CompactRange.frontier` gives it. */
  readonly frontier: Uint8Array;
}

/** New leaves that lead from a known head to a verified one. */
export interface Extension {
  readonly range: CompactRange;
  /** From the first leaf that was asked for to the last of the log. */
  readonly leaves: readonly Uint8Array[];
}

/**
 * Whether a verified head can follow the one known: at the same size it has the same root, and no log gets shorter.
 *
 * @throws ClientError `LOG_ROLLBACK`, `LOG_FORK`
 */
export function requireNotBehind(name: string, known: TreeHead, head: TreeHead): void {
  if (head.size < known.size) {
    const reason = `the hub shows ${head.size} leaves, and ${known.size} were verified before: it went back`;
    throw new ClientError('LOG_ROLLBACK', name, reason);
  }
  if (head.size === known.size && !equalBytes(head.root, known.root)) {
    throw fork(name, `two roots at ${head.size} leaves`);
  }
}

/**
 * Fetches the leaves behind the known head and checks that they lead to the new one: nothing hidden, altered, inserted or
 * out of order (c2sp.org/tlog-tiles; RFC 9162 §2.1).
 *
 * @param from  first leaf to return: 0, or `known.size`. From 0 the known root is checked on the way.
 * @throws ClientError `LOG_GAP`; `LOG_FORK` when the log's own tiles prove that its key signed another history,
 *   `LOG_MISMATCH` when the files served just do not lead to the root
 */
export async function extendHead(
  log: StaticLog,
  known: KnownHead | null,
  head: TreeHead,
  from: number,
): Promise<Extension> {
  const leaves: Uint8Array[] = [];
  const start = known === null || from === 0 ? CompactRange.empty() : restore(log.name, known);
  const range = start.clone();
  let samePast = true;
  for await (const bundle of log.leaves(start.size, head.size, head.size)) {
    for (const leaf of bundle) {
      range.append(leafHash(leaf));
      leaves.push(leaf);
      if (range.size === known?.size) samePast = equalBytes(range.root(), known.root);
    }
  }
  if (range.size !== head.size)
    throw new ClientError('LOG_GAP', log.name, 'leaves are missing before its end');
  if (!equalBytes(range.root(), head.root)) throw await explain(log, start, leaves, head);
  if (!samePast) throw fork(log.name, ANOTHER_PAST);
  return { range, leaves };
}

const ANOTHER_PAST = 'the new root has another past';

function restore(name: string, { size, frontier, root }: KnownHead): CompactRange {
  try {
    return CompactRange.restore(size, frontier, root);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new ClientError('STORE_DAMAGED', name, 'the stored frontier is not that of the stored root', {
      cause,
    });
  }
}

/**
 * Whether the signed root itself belies the known head, or only the files do. The log's tiles give a range for the known
 * size; if the new leaves lead from that range to the signed root, the root commits to another past than the known one.
 */
async function explain(
  log: StaticLog,
  start: CompactRange,
  leaves: readonly Uint8Array[],
  head: TreeHead,
): Promise<ClientError> {
  const reason = `the leaves from ${start.size} to ${head.size} do not lead to the signed root`;
  const mismatch = new ClientError('LOG_MISMATCH', log.name, reason);
  if (start.size === 0) return mismatch;
  try {
    const other = await readCompactRange(log.tiles(head.size), start.size);
    other.extendTo(head, leaves.map(leafHash));
    return equalBytes(other.root(), start.root()) ? mismatch : fork(log.name, ANOTHER_PAST);
  } catch (error) {
    if (error instanceof TlogError || error instanceof ClientError) return mismatch;
    throw error;
  }
}

function fork(name: string, how: string): ClientError {
  return new ClientError(
    'LOG_FORK',
    name,
    `its key signed two histories (${how}); tell the alliance and other members`,
  );
}
