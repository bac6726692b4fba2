export { PackError, type PackErrorCode } from './pack-error.js';
export { encodeVarint, decodeVarint } from './varint.js';
export { bucketCount } from './bucket-count.js';
export {
  ASSURANCES,
  MAX_NAMED_AUTHORS,
  MAX_QUALITY,
  STATUSES,
  type Assurance,
  type LabelCount,
  type Metadata,
  type Status,
  type UnknownField,
} from './metadata.js';
export { encodeMetadata } from './metadata-encoder.js';
export { decodeMetadata, MAX_METADATA_BYTES } from './metadata-decoder.js';
export {
  REMOVAL_REASON,
  isRemovalReason,
  removalReasonCode,
  removalReasonName,
  type RemovalReason,
} from './removal-reason.js';
export { MAX_INLINE_VALUE_BYTES, decodeRecords, encodeRecords, type SetRecord } from './record.js';
export { BUCKET_COUNT, bucketLeafHash, bucketOf, decodeBucket } from './bucket.js';
export { SET_TREE_HEIGHT, emptySubtreeHash } from './empty-subtree.js';
export { computeSetRoot } from './set-root.js';
export { TileTree } from './tile-tree.js';
export { SetTree, type SetTile, type SetTileChange, type SetTreeUpdate } from './set-tree.js';
export { type SetShape } from './set-shape.js';
export { sortChanges, type AddChange, type Change, type RemoveChange, type UpdateChange } from './change.js';
export {
  PACK_LIMITS,
  packChanges,
  packContents,
  packKey,
  packMetadata,
  packValue,
  type AddedColumn,
  type KeyColumn,
  type Pack,
  type PackContents,
  type PackLimits,
  type RecordColumn,
  type RemovedColumn,
} from './pack.js';
export { encodePack } from './pack-encoder.js';
export { decodePack } from './pack-decoder.js';
export { openPack, packDigest } from './open-pack.js';
export { splitChanges } from './split-changes.js';
export { RecordSet } from './record-set.js';
export { applyPack } from './apply-pack.js';
export { diffSets } from './diff-sets.js';
export { foldChanges, foldPacks } from './fold-packs.js';
export {
  MAX_ROUND_BYTES,
  type IdleRound,
  type ProvenanceHead,
  type PublicationRound,
  type HorizonLeaf,
  type RollupLeaf,
  type SnapshotLeaf,
  type TypeHorizon,
  type Round,
  type RoundPack,
  type RoundTypeChange,
} from './round.js';
export { encodeRound, readRound } from './round-codec.js';
export { countStep, NO_STEPS, ROLLUP_STEPS, type RollupWindow, type StepCount } from './rollup-windows.js';
export { TypeChain, type ChainLink, type TypeCover, type TypeStanding } from './type-chain.js';
export { validateRound } from './round-validation.js';
