import { decodeBase64, encodeBase64 } from './base64.js';
import { parseCheckpoint } from './checkpoint.js';
import { parseDecimal, requireInteger } from './integers.js';
import { MAX_PROOF_HASHES } from './limits.js';
import type { TlogPolicy } from './policy.js';
import { parseNote } from './signed-note.js';
import { requireText } from './text.js';
import { TlogError } from './tlog-error.js';
import { requireHash } from './tree-hash.js';
import { verifyCheckpoint, type Freshness, type VerifiedCheckpoint } from './verify-checkpoint.js';
import { verifyInclusion } from './verify-inclusion.js';

/** A proof that some leaf is in a log, to be checked offline. */
export interface TlogProof {
  /** Index of the leaf, from 0. */
  readonly index: number;
  /** Sibling hashes, leaf side first, at most 63. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint that it leads to, a whole note as the log published it. */
  readonly checkpoint: string;
  /** Data of the application, at most 64 KiB and not empty. Nothing vouches for it. */
  readonly extra?: Uint8Array;
}

/** A leaf that is in a log at an index under an accepted checkpoint. */
export interface VerifiedInclusion {
  readonly index: number;
  readonly checkpoint: VerifiedCheckpoint;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const MAX_EXTRA_BYTES = 65_536;
const MAX_PROOF_BYTES = 163_840;

/**
 * A proof from its text: c2sp.org/tlog-proof, "Format". Nothing is verified.
 * @throws TlogError `malformed`, `too_large`, or `out_of_range` for an index or size over 2^53 - 1,
 * `root_mismatch` for a size 0 whose root is not the empty one
 */
export function parseTlogProof(text: string | Uint8Array): TlogProof {
  const whole = requireText(text, 'proof', MAX_PROOF_BYTES);
  const split = whole.indexOf('\n\n');
  if (split < 0) throw new TlogError('malformed', 'proof: must have an empty line before the checkpoint');
  const [first, ...lines] = whole.slice(0, split).split('\n');
  if (first !== FIRST_LINE) throw new TlogError('malformed', `proof: must start with ${FIRST_LINE}`);
  const extra = lines[0]?.startsWith('extra ')
    ? decodeBase64(lines.shift()!.slice(6), 'proof extra')
    : undefined;
  const index = parseIndexLine(lines.shift());
  const hashes = lines.map((line) => decodeBase64(line, 'proof hash'));
  const checkpoint = whole.slice(split + 2);
  return checked({ index, proof: hashes, checkpoint, ...(extra === undefined ? {} : { extra }) });
}

/**
 * The text of a proof: c2sp.org/tlog-proof, "Format".
 * @throws TlogError `malformed`, `too_large`, `out_of_range`, `root_mismatch`
 */
export function formatTlogProof(tlogProof: TlogProof): string {
  const { index, proof, checkpoint, extra } = checked(tlogProof);
  const lines = [
    FIRST_LINE,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...proof.map(encodeBase64),
    '',
  ];
  return lines.map((line) => `${line}\n`).join('') + checkpoint;
}

/**
 * Verifies offline that a leaf is in a log, against a pinned policy: c2sp.org/tlog-proof, "Verifying a tlog
 * proof".
 * @param leafHash hash of the leaf, computed by the caller from what it claims to be there
 * @param origin the log it is said to be in
 * @param freshness limits on the age of the checkpoint; a proof is normally good for ever
 * @throws TlogError all that `parseTlogProof`, `verifyCheckpoint` and `verifyInclusion` throw
 */
export function verifyTlogProof(
  policy: TlogPolicy,
  text: string | Uint8Array,
  leafHash: Uint8Array,
  origin: string,
  freshness?: Freshness,
): VerifiedInclusion {
  const { index, proof, checkpoint: note } = parseTlogProof(text);
  const checkpoint = verifyCheckpoint(policy, note, origin, freshness);
  verifyInclusion({ leafHash, index, size: checkpoint.size, root: checkpoint.root, proof });
  return { index, checkpoint };
}

function parseIndexLine(line: string | undefined): number {
  if (!line?.startsWith('index ')) throw new TlogError('malformed', 'proof: must have an index line');
  return parseDecimal(line.slice(6), 'proof index');
}

function checked(proof: TlogProof): TlogProof {
  requireInteger(proof.index, 'proof index');
  proof.proof.forEach((hash) => requireHash(hash, 'proof hash'));
  if (proof.proof.length > MAX_PROOF_HASHES) {
    throw new TlogError('too_large', `proof: must have ${MAX_PROOF_HASHES} hashes at most`);
  }
  if (proof.extra?.length === 0)
    throw new TlogError('malformed', 'proof extra: must be left out when it is empty');
  if (proof.extra !== undefined && proof.extra.length > MAX_EXTRA_BYTES) {
    throw new TlogError('too_large', `proof extra: must be ${MAX_EXTRA_BYTES} bytes at most`);
  }
  parseCheckpoint(parseNote(proof.checkpoint).text);
  return proof;
}
