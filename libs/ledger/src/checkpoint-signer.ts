import type { Tx } from '#libs/platform';

/** A signature over a head, or why the signer will not give one. */
export type SigningResult =
  | { ok: true; note: string; size: number; root: Uint8Array }
  | { ok: false; reason: SigningRefusal; detail: string };

/** Why a signer refuses: nothing it would sign then could be taken back. */
export type SigningRefusal = 'damaged_log' | 'log_went_back' | 'log_went_sideways';

/**
 * The port behind which checkpoints are signed. An implementation trusts nobody's word for a root: it recomputes leaves from the
 * entry bytes and keeps its own record of what it signed last.
 */
export interface CheckpointSigner {
  /** Signs the stored head of a log, in the caller's transaction, which publishes the note. */
  sign(tx: Tx, origin: string): Promise<SigningResult>;
}
