/** How what a hub publishes differs from what follows from its log. */
export type DifferenceKind =
  /** A submission of the log, of which nothing or not all is shown to who may see it. */
  | 'evidence_missing'
  /** What is shown of a submission is not what its leaf commits to, or not what its author signed. */
  | 'evidence_invalid'
  /** A previous index or a counter is not that of the order in the log. */
  | 'wrong_order'
  /** A statement that cannot follow what came before it. */
  | 'invalid_history'
  /** A change that follows from the log, and is announced by no round. */
  | 'omitted'
  /** A change that a round announces, and that follows from nothing. */
  | 'invented'
  /** A record with other metadata than follow from the log. */
  | 'wrong_metadata'
  /** A removal with another reason. */
  | 'wrong_reason'
  /** An addition, update or removal in place of another, or one that the set before does not allow. */
  | 'wrong_operation'
  /** A pack that is not the one announced, not served, or does not follow the one before. */
  | 'wrong_pack'
  /** A set root or a number of records to which the packs do not lead. */
  | 'wrong_set_root'
  /** A rollup that is not the fold of its rounds, is missing, or stands where none must be. */
  | 'wrong_rollup'
  /** A snapshot that is not the set that follows from the log, or a horizon that is at none. */
  | 'wrong_snapshot'
  /** A round that names a head which the provenance log never had. */
  | 'wrong_log_root'
  /** A `published` statement that names a head which the feed never had, or has no more. */
  | 'wrong_anchor'
  /** A head that the author of a submission had verified, and that the log never had: somebody shows two histories under its name. */
  | 'wrong_head'
  /** A `state` statement that commits to another state than follows from the log. */
  | 'wrong_state';

/** One difference, as far as its place is known. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Channel of the feed. */
  readonly feed: string | null;
  /** Round of the feed, from 0. */
  readonly round: number | null;
  /** Signal type. */
  readonly type: string | null;
  /** Log index of the statement that it is about, and line of the entry. */
  readonly index: number | null;
  readonly line: number | null;
  /** What is wrong, in words; never a value. */
  readonly detail: string;
  /** Record key in hex: of most types the value itself. */
  readonly key: string | null;
}

const NOWHERE = { feed: null, round: null, type: null, index: null, line: null, key: null } as const;

/** A difference with what is known of its place. */
export function difference(
  kind: DifferenceKind,
  detail: string,
  place: Partial<Omit<Difference, 'kind' | 'detail'>>,
): Difference {
  return { ...NOWHERE, ...place, kind, detail };
}

/** A round that names a head which the provenance log never had. */
export function wrongLogRoot(feed: string, round: number): Difference {
  const detail = 'names a root that the provenance log never had at that size';
  return difference('wrong_log_root', detail, { feed, round });
}

/** Most differences that are kept, each once; the others are counted. */
export const MOST_DIFFERENCES = 1000;
