export { sha256 } from '#sha256';
export { concatBytes, equalBytes } from './bytes.js';
export { bundlePath, parseTilePath, tilePath, type TileResource } from './tile-path.js';
export {
  bundlesBetween,
  bundlesOf,
  hashesAtLevel,
  TILE_WIDTH,
  tilesBetween,
  tilesOf,
  tileWidth,
  type BundleCoordinates,
  type TileCoordinates,
} from './tile-coordinates.js';
export { checkPolicy, NO_QUORUM, quorumMet } from './policy.js';
export type { PolicyGroup, PolicyLog, PolicyWitness, TlogPolicy } from './policy.js';
export { CompactRange, merkleRoot, rootOfLeafHashes, type TreeHead } from './compact-range.js';
export { compactRangeOf, edgeOf, appendToTiles, type GrownTree, type TiledTree } from './tile-builder.js';
export { cosign, cosignedMessage, parseCosignature, type TimestampedSignature } from './cosignature.js';
export { decodeEntryBundle, encodeEntryBundle, MAX_ENTRY_BYTES } from './entry-bundle.js';
export { decodeTile, encodeTile, type Tile } from './tile.js';
export { emptyRoot, HASH_BYTES, leafHash, nodeHash } from './tree-hash.js';
export { formatCheckpoint, parseCheckpoint, type Checkpoint } from './checkpoint.js';
export {
  formatNote,
  formatSignatureLines,
  parseNote,
  parseSignatureLines,
  withSignatures,
  type NoteSignature,
  type SignedNote,
} from './signed-note.js';
export { formatPolicy, parsePolicy } from './policy-text.js';
export { formatTlogProof, parseTlogProof, verifyTlogProof } from './tlog-proof.js';
export type { TlogProof, VerifiedInclusion } from './tlog-proof.js';
export {
  computeKeyId,
  COSIGNATURE,
  formatVerifierKey,
  NOTE_SIGNATURE,
  parseVerifierKey,
  verifierKey,
  type SignatureType,
  type VerifierKey,
} from './verifier-key.js';
export { MAX_NOTE_BYTES, MAX_NOTE_SIGNATURES, MAX_PROOF_HASHES } from './limits.js';
export { MerkleTree } from './merkle-tree.js';
export { openNote, type OpenedNote, type VerifiedSignature } from './open-note.js';
export {
  readCompactRange,
  readConsistencyProof,
  readInclusionProof,
  type TileReader,
} from './tile-proofs.js';
export { signNote, type NoteSigner } from './note-signer.js';
export { TlogError, type TlogErrorCode } from './tlog-error.js';
export { verifyCheckpoint } from './verify-checkpoint.js';
export type { Freshness, VerifiedCheckpoint, VerifiedCosignature } from './verify-checkpoint.js';
export { verifyConsistency, type ConsistencyClaim } from './verify-consistency.js';
export { verifyInclusion, type InclusionClaim } from './verify-inclusion.js';
export type { LeafRange } from './tree-shape.js';
