/** Bits of the flags of an operation in a chunk; the others are 0. */
export const OPERATION_FLAGS = { retract: 1, named: 2, void: 4, quality: 8, expires: 16 } as const;
/** Every bit that has a meaning. */
export const ALL_OPERATION_FLAGS = 31;

/** Bytes of a section's header: channel, type, number of signals. */
export const SECTION_BYTES = 2 + 2 + 4;
/** Bytes of a signal besides its key and its operations: latest, number of operations. */
export const SIGNAL_BYTES = 8 + 4;
/** Bytes of an operation besides quality, expiry and labels: index, line, key, flags, number of labels. */
export const OPERATION_BYTES = 8 + 2 + 4 + 1 + 1;
