/** Whether a record stands or is under dispute; the position is the code on the wire. */
export const STATUSES = ['active', 'disputed'] as const;
export type Status = (typeof STATUSES)[number];

/** How well a record is supported; the position is the code on the wire. */
export const ASSURANCES = ['provisional', 'corroborated', 'verified'] as const;
export type Assurance = (typeof ASSURANCES)[number];

/** Most authors that a record names. */
export const MAX_NAMED_AUTHORS = 8;

/** Greatest quality that can be reported. */
export const MAX_QUALITY = 100;

/** Tags of the fields of this version. Greater tags belong to later versions and are kept as they are. */
export const TAG = {
  status: 1,
  assurance: 2,
  supporters: 3,
  labels: 4,
  expiry: 5,
  quality: 6,
  authors: 7,
} as const;
export const GREATEST_KNOWN_TAG = TAG.authors;

/** A label of a record and how many of its supporters gave it. */
export interface LabelCount {
  /** Code of the label, given by a policy statement. */
  code: number;
  /** As {@link bucketCount} shows it. */
  count: number;
}

/** A field of a later version, kept and hashed as it came. */
export interface UnknownField {
  /** Above {@link GREATEST_KNOWN_TAG}. */
  tag: number;
  payload: Uint8Array;
}

/** What a record says about its signal, besides the value. */
export interface Metadata {
  status: Status;
  assurance: Assurance;
  /** Supporting control groups, as {@link bucketCount} shows the number. */
  supporters: number;
  /** Strictly ascending by code; empty when none. */
  labels: readonly LabelCount[];
  /** Day of expiry in days since 1970-01-01 UTC. */
  expiryDay?: number;
  /** Greatest reported quality, 0 to 100; perceptual hashes only. */
  quality?: number;
  /** Codes of the authors who wish to be named, strictly ascending, at most eight. */
  authors: readonly number[];
  /** Strictly ascending by tag; empty when none. */
  unknown: readonly UnknownField[];
}
