/** A head that a signer is asked to sign. */
export interface SigningRequest {
  /** Name of the log. */
  readonly origin: string;
  /** Leaves of the log. */
  readonly size: number;
  /** The root that the log says it has, 32 bytes. The signer believes its own only, and signs when both agree. */
  readonly root: Uint8Array;
  /** Size of the latest checkpoint that was published, 0 when there is none: a signer that knows of less has lost its record. */
  readonly published: number;
}

/**
 * The bytes of the entry bundles from leaf `from` (a multiple of 256) up to the size that is asked for, one bundle after another:
 * each entry behind its length as two big-endian bytes (C2SP tlog-tiles). Cut into chunks anywhere; can be called again.
 */
export type EntrySource = (from: number) => AsyncIterable<Uint8Array>;

/** A signature over a head, or why the signer will not give one. */
export type SigningResult =
  | { readonly ok: true; readonly note: string }
  | { readonly ok: false; readonly reason: SigningRefusal; readonly detail: string };

/** Why a signer refuses: nothing it would sign then could be taken back. `signer_unavailable` alone is no word of the signer's. */
export type SigningRefusal = (typeof SIGNING_REFUSALS)[number];

export const SIGNING_REFUSALS = [
  'damaged_log',
  'log_went_back',
  'log_went_sideways',
  'record_missing',
  'record_unusable',
  'record_behind',
  'signer_unavailable',
] as const;

/**
 * The port behind which checkpoints are signed. An implementation trusts nobody's word for a root: it recomputes leaves from the
 * entry bytes and keeps its own record, outside the database, of what it signed last.
 */
export interface CheckpointSigner {
  /** Signs the head when it extends what was signed last. The same head is signed again, with the same note. */
  sign(request: SigningRequest, entries: EntrySource): Promise<SigningResult>;
}
