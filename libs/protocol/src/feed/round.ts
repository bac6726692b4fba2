/** One pack of a round, as its leaf announces it. */
export interface RoundPack {
  /** SHA-256 of the pack's bytes, lower-case hex: the name under which it is fetched. */
  digest: string;
  /** Length of the pack in bytes. */
  bytes: number;
  added: number;
  updated: number;
  removed: number;
  /** Records of the type after this pack. */
  count: number;
  /** Set root of the type after this pack, lower-case hex. */
  root: string;
}

/** What a round changes in one signal type. */
export interface RoundTypeChange {
  type: string;
  /** Records of the type after the round. */
  count: number;
  /** Set root of the type after the round, lower-case hex. */
  root: string;
  /** In the order in which they apply; at least one. */
  packs: RoundPack[];
}

/** Head of the provenance log up to which a round was derived. */
export interface ProvenanceHead {
  /** Statements. */
  size: number;
  /** RFC 9162 root, lower-case hex. */
  root: string;
}

interface RoundCommon {
  /** Name of the channel. */
  feed: string;
  /** Milliseconds since 1970-01-01 UTC. */
  time: number;
  log: ProvenanceHead;
  /** 128 random bits, lower-case hex: a leaf hash alone does not let anybody guess at its content. */
  nonce: string;
}

/** A round that changes something. */
export interface PublicationRound extends RoundCommon {
  kind: 'round';
  /** Strictly ascending by type; at least one. */
  changes: RoundTypeChange[];
}

/** A round without changes: the feed is current up to a further provenance head. */
export interface IdleRound extends RoundCommon {
  kind: 'idle';
}

/**
 * The fold of the rounds among the leaves `from` to `to` (not included). It changes nothing: who applied those rounds passes it over, who stands at
 * `from` may apply it in their place.
 */
export interface RollupLeaf extends RoundCommon {
  kind: 'rollup';
  /** Index of the first leaf that is folded. */
  from: number;
  /** Index after the last; above `from`, and not above the rollup's own index. */
  to: number;
  /** Strictly ascending by type, each with exactly one pack; types that are left out need not be without changes. */
  changes: RoundTypeChange[];
}

/** The whole set of one type, as it is after all leaves before this one. It changes nothing: who has nothing of the type may begin with it. */
export interface SnapshotLeaf extends RoundCommon {
  kind: 'snapshot';
  /** Exactly one, whose packs lead from the empty set to the set and only add; of a set without records it has none. */
  changes: RoundTypeChange[];
}

/** From where on the packs of a type are served. */
export interface TypeHorizon {
  type: string;
  /** Index of the snapshot that stands for everything before it. */
  size: number;
}

/** What leaves below the size announce of a type is no longer served. */
export interface HorizonLeaf extends RoundCommon {
  kind: 'horizon';
  /** Strictly ascending by type; at least one. */
  horizons: TypeHorizon[];
}

/** One leaf of a feed's log. */
export type Round = PublicationRound | IdleRound | RollupLeaf | SnapshotLeaf | HorizonLeaf;

/** Value of the member `cairn`: the format and its version. */
export const ROUND_VERSION = 'feed/1';

/** Longest leaf in bytes: its length is a uint16 in the entry bundles of C2SP tlog-tiles. */
export const MAX_ROUND_BYTES = 65_535;
