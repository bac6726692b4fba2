/**
 * Why a codec of the feed refuses (docs/protocol-feed.md, "Errors"). Closed: a consumer may switch over it.
 *
 * Bytes of a pack: `oversize`, `truncated`, `trailing`, `bad-magic`, `bad-type`, `bad-flags`, `bad-key-length`,
 * `unsorted`, `duplicate`, `overlap`, `unsorted-metadata`, `duplicate-metadata`, `unused-metadata`,
 * `bad-metadata-index`, `bad-reason`, `bad-value`, `key-mismatch`. Parts of it: `bad-varint`, `bad-metadata`,
 * `bad-record`, `wrong-bucket`. Against its round: `bytes-mismatch`, `digest-mismatch`, `type-mismatch`,
 * `count-mismatch`, `root-mismatch`. Against a set: `wrong-shape`, `wrong-base`, `already-present`, `absent`,
 * `wrong-result`. Folding: `no-packs`, `broken-chain`, `contradiction`. Set tree: `bad-root`, `bad-leaf`,
 * `bad-tile`, `damaged-tile`. Rounds: `bad-round`, `unknown-member`, `unknown-kind`, `unsupported-version`,
 * `unsorted-types`, `inconsistent-round`, `round-oversize`, `not-canonical-round`.
 * Rollups, snapshots and horizons against the rounds: `wrong-rollup`,
 * `wrong-snapshot`, `wrong-horizon`.
 */
export type PackErrorCode =
  | 'oversize'
  | 'truncated'
  | 'trailing'
  | 'bad-magic'
  | 'bad-type'
  | 'bad-flags'
  | 'bad-key-length'
  | 'unsorted'
  | 'duplicate'
  | 'overlap'
  | 'unsorted-metadata'
  | 'duplicate-metadata'
  | 'unused-metadata'
  | 'bad-metadata-index'
  | 'bad-reason'
  | 'bad-value'
  | 'key-mismatch'
  | 'bad-varint'
  | 'bad-metadata'
  | 'bad-record'
  | 'wrong-bucket'
  | 'bytes-mismatch'
  | 'digest-mismatch'
  | 'type-mismatch'
  | 'count-mismatch'
  | 'root-mismatch'
  | 'wrong-shape'
  | 'wrong-base'
  | 'already-present'
  | 'absent'
  | 'wrong-result'
  | 'no-packs'
  | 'broken-chain'
  | 'contradiction'
  | 'bad-root'
  | 'bad-leaf'
  | 'bad-tile'
  | 'damaged-tile'
  | 'bad-round'
  | 'unknown-member'
  | 'unknown-kind'
  | 'unsupported-version'
  | 'unsorted-types'
  | 'inconsistent-round'
  | 'round-oversize'
  | 'not-canonical-round'
  | 'wrong-rollup'
  | 'wrong-snapshot'
  | 'wrong-horizon';

/** A refusal by a codec of the feed. The message names what failed by field and position, never by value or key. */
export class PackError extends Error {
  override readonly name = 'PackError';

  constructor(
    readonly code: PackErrorCode,
    message: string,
  ) {
    super(message);
  }
}
