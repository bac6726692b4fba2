/**
 * Hashes in one proof: more than any tree of safe-integer size needs, and what c2sp.org/tlog-witness allows.
 */
export const MAX_PROOF_HASHES = 63;

/**
 * Bytes of one signed note: enough for 64 signature lines and any checkpoint (c2sp.org/signed-note asks for a
 * limit).
 */
export const MAX_NOTE_BYTES = 65_536;

/** Signature lines of one note; c2sp.org/signed-note asks for at least 16. */
export const MAX_NOTE_SIGNATURES = 64;
