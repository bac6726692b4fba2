import { deriveCheckpointKey } from '#libs/keys';
import type { Tx } from '#libs/platform';
import {
  computeKeyId,
  equalBytes,
  formatCheckpoint,
  NOTE_SIGNATURE,
  signNote,
  type NoteSigner,
} from '#libs/tlog';
import type { CheckpointSigner, SigningResult } from './checkpoint-signer.js';
import { LOG_COLUMNS, type LogRow } from './log-row.js';
import { recomputeHead, type SignedHead } from './recompute-head.js';

/** Signs with keys derived from a secret seed, one per log, in this process (C2SP tlog-checkpoint, signed-note). */
export class LocalCheckpointSigner implements CheckpointSigner {
  constructor(private readonly seed: Uint8Array) {}

  async sign(tx: Tx, origin: string): Promise<SigningResult> {
    const last = await this.lockLastHead(tx, origin);
    const [log] = await tx.query<LogRow>(`SELECT ${LOG_COLUMNS} FROM cairn.log WHERE origin = $1`, [origin]);
    if (log === undefined) return refuse('log_went_back', `${origin}: the log does not exist`);
    if (log.size < last.size)
      return refuse('log_went_back', `${origin}: stored size is below the signed size`);
    if (log.size === last.size && !equalBytes(log.root, last.root)) {
      return refuse('log_went_sideways', `${origin}: another root than the one signed for this size`);
    }
    const head = await recomputeHead(tx, log, last);
    if (!head.ok) return refuse('damaged_log', `${origin}: ${head.detail}`);
    await tx.query('UPDATE cairn.signer_head SET size = $2, root = $3 WHERE origin = $1', [
      origin,
      log.size,
      log.root,
    ]);
    const note = await signNote(formatCheckpoint({ origin, size: log.size, root: log.root }), [
      this.noteSigner(origin),
    ]);
    return { ok: true, note, size: log.size, root: log.root };
  }

  private async lockLastHead(tx: Tx, origin: string): Promise<SignedHead> {
    await tx.query(
      `INSERT INTO cairn.signer_head (origin, size, root) VALUES ($1, 0, sha256(''::bytea)) ON CONFLICT DO NOTHING`,
      [origin],
    );
    const [last] = await tx.query<SignedHead>(
      'SELECT size::float8 AS size, root FROM cairn.signer_head WHERE origin = $1 FOR UPDATE',
      [origin],
    );
    return last!;
  }

  private noteSigner(origin: string): NoteSigner {
    const key = deriveCheckpointKey(this.seed, origin);
    const keyId = computeKeyId(origin, NOTE_SIGNATURE, key.publicKey);
    return { name: origin, keyId, sign: (message) => key.sign(message) };
  }
}

function refuse(reason: Extract<SigningResult, { ok: false }>['reason'], detail: string): SigningResult {
  return { ok: false, reason, detail };
}
