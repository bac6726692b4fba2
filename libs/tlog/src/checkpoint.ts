import { decodeBase64, encodeBase64 } from './base64.js';
import { equalBytes } from './bytes.js';
import type { TreeHead } from './compact-range.js';
import { parseDecimal, requireInteger } from './integers.js';
import { MAX_NOTE_BYTES } from './limits.js';
import { requireLine, requireText } from './text.js';
import { TlogError } from './tlog-error.js';
import { emptyRoot, requireHash } from './tree-hash.js';

/** A log's tree head, as the text of a note says it. */
export interface Checkpoint extends TreeHead {
  /** Which log, such as `hub.example.org/log`. */
  readonly origin: string;
  /** Further lines, not empty; no meaning here. */
  readonly extensions: readonly string[];
}

/**
 * The checkpoint in the text of a note: origin, size, base64 root and extension lines, each line ended by a
 * newline (c2sp.org/tlog-checkpoint, "Note text"). Nothing is verified: see `verifyCheckpoint`.
 * @throws TlogError `malformed`, `too_large`, `out_of_range` for a size over 2^53 - 1, or `root_mismatch` for
 * a root of size 0 that is not the empty one
 */
export function parseCheckpoint(text: string): Checkpoint {
  requireText(text, 'checkpoint', MAX_NOTE_BYTES);
  if (!text.endsWith('\n')) throw new TlogError('malformed', 'checkpoint: must end in a newline');
  const [origin, size, root, ...extensions] = text.slice(0, -1).split('\n');
  if (root === undefined) {
    throw new TlogError('malformed', 'checkpoint: must have lines for origin, size and root');
  }
  return checked({
    origin: origin!,
    size: parseDecimal(size!, 'checkpoint size'),
    root: decodeBase64(root, 'checkpoint root'),
    extensions,
  });
}

/**
 * The text of a checkpoint, to be signed as a note: c2sp.org/tlog-checkpoint, "Note text".
 * @throws TlogError `malformed`, `out_of_range` or `root_mismatch`, when the fields do not make a checkpoint
 */
export function formatCheckpoint(
  checkpoint: TreeHead & { origin: string; extensions?: readonly string[] },
): string {
  const { origin, size, root, extensions } = checked({ extensions: [], ...checkpoint });
  return [origin, String(size), encodeBase64(root), ...extensions].map((line) => `${line}\n`).join('');
}

function checked(checkpoint: Checkpoint): Checkpoint {
  const { origin, size, root, extensions } = checkpoint;
  requireLine(origin, 'checkpoint origin');
  extensions.forEach((line) => requireLine(line, 'checkpoint extension'));
  requireHash(root, 'checkpoint root');
  if (requireInteger(size, 'checkpoint size') === 0 && !equalBytes(root, emptyRoot())) {
    throw new TlogError('root_mismatch', 'checkpoint root: a log without leaves has the empty root');
  }
  return checkpoint;
}
