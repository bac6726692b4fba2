/** Operations enabled in this version, with their stored numbers. */
export const OPERATIONS = { assert: 1, retract: 2 } as const;

/** An operation that an entry can carry. */
export type Operation = keyof typeof OPERATIONS;

/** Operations the protocol names but this version does not enable: refused by name. */
export const RESERVED_OPERATIONS: readonly string[] = ['confirm', 'dispute', 'sighting'];

/** Why an author withdraws its claim, with the removal reason code (docs/protocol-feed.md) that every copy sees. */
export const RETRACTION_REASONS = {
  withdrawn: 1,
  false_positive: 2,
  error: 3,
  superseded: 4,
  legal: 5,
} as const;

/** A reason that a retraction can give. */
export type RetractionReason = keyof typeof RETRACTION_REASONS;
