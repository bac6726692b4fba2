import { type CheckpointKey, deriveCheckpointKey } from '#libs/keys';
import { faultPoint } from '#libs/platform';
import {
  CompactRange,
  computeKeyId,
  equalBytes,
  formatCheckpoint,
  leafHash,
  NOTE_SIGNATURE,
  signNote,
  TILE_WIDTH,
  type VerifierKey,
  verifierKey,
} from '#libs/tlog';
import type {
  CheckpointSigner,
  EntrySource,
  SigningRefusal,
  SigningRequest,
  SigningResult,
} from './checkpoint-signer.js';
import { EntryStreamError, splitEntries } from './entry-stream.js';
import { type SignedHead, type SignerRecord, SignerRecordError } from './signer-record.js';

/** Signing was overtaken by another request about the same log: to be begun anew. */
export type Overtaken = 'overtaken';

/**
 * Signs with keys derived from a secret seed, one per log, in this process (C2SP tlog-checkpoint, signed-note). It reads entries and
 * its own record; of the log's root it takes nothing but the demand that it be the same as its own.
 */
export class LocalCheckpointSigner implements CheckpointSigner {
  private readonly keys = new Map<string, CheckpointKey>();

  constructor(
    private readonly seed: Uint8Array,
    private readonly record: SignerRecord,
  ) {}

  async sign(request: SigningRequest, entries: EntrySource): Promise<SigningResult> {
    for (;;) {
      const result = await this.trySigning(request, entries);
      if (result !== 'overtaken') return result;
    }
  }

  /** The same, for entries that can be read once only. */
  async trySigning(request: SigningRequest, entries: EntrySource): Promise<SigningResult | Overtaken> {
    try {
      const last = this.record.head(request.origin);
      checkRequest(request, last);
      const next = await extend(request, last, entries(firstLeafOf(last)));
      if (next.size > last.size && !this.record.advance(request.origin, last, next)) return 'overtaken';
      faultPoint('signer:after-record');
      return { ok: true, note: await this.note(request.origin, next) };
    } catch (error) {
      if (error instanceof Refusal || error instanceof SignerRecordError)
        return { ok: false, reason: error.reason, detail: error.message };
      throw error;
    }
  }

  /**
   * Number of the leaf from which on the entries of a log are needed.
   *
   * @throws SignerRecordError
   */
  entriesFrom(origin: string): number {
    return firstLeafOf(this.record.head(origin));
  }

  /** The key that verifies checkpoints of a log. */
  verifierKey(origin: string): VerifierKey {
    return verifierKey(origin, NOTE_SIGNATURE, this.keyOf(origin).publicKey);
  }

  private async note(origin: string, { size, root }: SignedHead): Promise<string> {
    const key = this.keyOf(origin);
    const keyId = computeKeyId(origin, NOTE_SIGNATURE, key.publicKey);
    return signNote(formatCheckpoint({ origin, size, root }), [
      { name: origin, keyId, sign: (message) => key.sign(message) },
    ]);
  }

  private keyOf(origin: string): CheckpointKey {
    const known = this.keys.get(origin);
    if (known !== undefined) return known;
    const key = deriveCheckpointKey(this.seed, origin);
    this.keys.set(origin, key);
    return key;
  }
}

/** The entries of the last bundle are read again, those that were signed too: what changed there is seen. */
function firstLeafOf({ size }: SignedHead): number {
  return size - (size % TILE_WIDTH);
}

function checkRequest({ origin, size, root, published }: SigningRequest, last: SignedHead): void {
  if (last.size < published) {
    const known = `the signer's record ends at ${last.size}, but ${published} were published`;
    throw new Refusal('record_behind', `${origin}: ${known}`);
  }
  if (size < last.size) {
    throw new Refusal('log_went_back', `${origin}: the size ${size} is below the signed size ${last.size}`);
  }
  if (size === last.size && !equalBytes(root, last.root)) {
    throw new Refusal('log_went_sideways', `${origin}: another root than the one signed for this size`);
  }
}

async function extend(
  { origin, size, root }: SigningRequest,
  last: SignedHead,
  bytes: AsyncIterable<Uint8Array>,
): Promise<SignedHead> {
  const damaged = (what: string): Refusal => new Refusal('damaged_log', `${origin}: ${what}`);
  const range = rangeAt(last);
  if (range.size === last.size) requireSigned(range, last, damaged);
  try {
    for await (const entries of splitEntries(bytes)) {
      for (const entry of entries) {
        if (range.size === size) throw damaged('there are more entries than the log has');
        range.append(leafHash(entry));
        if (range.size === last.size) requireSigned(range, last, damaged);
      }
    }
  } catch (error) {
    if (error instanceof EntryStreamError) throw damaged(error.message);
    throw error;
  }
  if (range.size !== size) throw damaged('entries are missing');
  if (!equalBytes(range.root(), root)) throw damaged('the entries do not lead to the root of the log');
  return { size, root: range.root(), frontier: range.frontier() };
}

/** The signed tree up to its last full bundle: the subtrees of the bits from 256 on come first in the frontier. */
function rangeAt(last: SignedHead): CompactRange {
  const size = firstLeafOf(last);
  let subtrees = 0;
  for (let bits = size; bits > 0; bits = Math.floor(bits / 2)) subtrees += bits % 2;
  return CompactRange.restore(size, last.frontier.subarray(0, 32 * subtrees));
}

function requireSigned(range: CompactRange, last: SignedHead, damaged: (what: string) => Refusal): void {
  if (!equalBytes(range.root(), last.root)) throw damaged('an entry that was signed before has changed');
}

class Refusal extends Error {
  constructor(
    readonly reason: SigningRefusal,
    message: string,
  ) {
    super(message);
  }
}
