/** Limits of a submission (docs/protocol-submission.md, "Submission"). A larger batch is sent as several. */
export const LIMITS = {
  /** Entries in one submission. */
  entries: 10_000,
  /** Bytes of all lines together, line feeds included. */
  entriesBytes: 4 * 1024 * 1024,
  /** Bytes of one line, line feed not included. */
  lineBytes: 4096,
  /** Bytes of the manifest, a compact JWS. */
  manifestBytes: 4096,
  /** Labels on one entry. */
  labels: 16,
  /** Bytes of one leaf of a log, from the uint16 length of C2SP tlog-tiles. */
  statementBytes: 65_535,
} as const;
