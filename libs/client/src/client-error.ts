/**
 * What kind of failure a code is, and so what its reader can do:
 * `usage` correct the input; `refused` ask the hub's staff; `verification` do not trust what was received, keep the old
 * state; `network` try again later; `local` look at one's own files; `alarm` the hub contradicts itself or keeps something back: evidence is kept,
 * nothing is updated, what is stored goes on to match (docs/operations.md, "Alarms").
 */
export type ClientErrorKind = 'usage' | 'refused' | 'verification' | 'network' | 'local' | 'alarm';

const KINDS = {
  /** An option or argument that makes no sense. */
  OPTION_INVALID: 'usage',
  /** An entry breaks a rule of the protocol; nothing was sent. */
  INPUT_INVALID: 'usage',
  /** An input cannot be read. */
  INPUT_UNREADABLE: 'usage',
  /** An input changed while it was being read. */
  INPUT_CHANGED: 'usage',

  /** The hub does not know this member or key. */
  AUTH_REFUSED: 'refused',
  /** The hub refused a batch; nothing of it was stored. */
  SUBMISSION_REFUSED: 'refused',
  /** The hub has no such thing, or shows it to others only. */
  NOT_FOUND: 'refused',
  /** The hub has erased it; a statement of its log says so. */
  ERASED: 'refused',
  /** The hub gives no access to the feed's files. */
  FEED_REFUSED: 'refused',
  /** The hub answered a request with an error of its own. */
  REQUEST_REFUSED: 'refused',

  /** A checkpoint is malformed, unsigned, wrongly signed or without its quorum. */
  NOTE_REJECTED: 'verification',
  /** A checkpoint is of another log than the one asked. */
  WRONG_LOG: 'verification',
  /** A log got shorter. */
  LOG_ROLLBACK: 'verification',
  /** The log does not hold as many leaves as its checkpoint says. */
  LOG_GAP: 'verification',
  /** The leaves served do not lead to the signed root: one is hidden, altered or out of order. */
  LOG_MISMATCH: 'verification',
  /** A proof does not lead to the signed root. */
  PROOF_REJECTED: 'verification',
  /** The audit trail is not the chain that it was, or not the one that the log names. */
  AUDIT_TRAIL_BROKEN: 'verification',
  /** Leaf 0 of the provenance log is not the statement of this hub. */
  HUB_STATEMENT_INVALID: 'verification',
  /** A promise is not signed by the hub's promise key, or not about what was sent. */
  PROMISE_INVALID: 'verification',
  /** The directory of members is not signed by the hub's promise key, or is another hub's. */
  DIRECTORY_INVALID: 'verification',
  /** A leaf is no canonical round. */
  ROUND_INVALID: 'verification',
  /** A round is of a kind or version that this client does not know: it cannot tell what it would miss. */
  ROUND_UNSUPPORTED: 'verification',
  /** A round is of another channel. */
  ROUND_OF_ANOTHER_FEED: 'verification',
  /** Rounds and packs contradict each other. */
  ROUND_INCONSISTENT: 'verification',
  /** A rollup does not lead where the rounds lead that it stands for. */
  ROLLUP_INCONSISTENT: 'verification',
  /** A snapshot is not of the set that the rounds lead to, or a horizon has no snapshot. */
  SNAPSHOT_INCONSISTENT: 'verification',
  /** A pack that the log announces is not served. */
  PACK_MISSING: 'verification',
  /** A pack is not as long as announced. */
  PACK_LENGTH: 'verification',
  /** A pack is not the one announced. */
  PACK_DIGEST: 'verification',
  /** A pack is not in its canonical form. */
  PACK_INVALID: 'verification',
  /** A pack cannot apply to the set before it. */
  PACK_CONTRADICTION: 'verification',
  /** The set after a pack has not the root that the round announces. */
  SET_ROOT: 'verification',
  /** What the hub shows of submissions is in no form that it has. */
  EVIDENCE_MALFORMED: 'verification',
  /** An answer is longer than its kind may be. */
  OVERSIZE: 'verification',

  /** A statement of the provenance log is none. */
  STATEMENT_INVALID: 'verification',

  /** A log's key signed two histories; both notes are kept as evidence. */
  LOG_FORK: 'alarm',
  /** The hub denies the head that a manifest names, which the log's key signed; that note and the one it shows now are kept as evidence. */
  HEAD_MISMATCH: 'alarm',
  /** Evidence of a fork is kept: nothing is updated until somebody has looked into it. */
  LOG_STOPPED: 'alarm',
  /** The provenance log publishes another history of a feed than the hub serves. */
  FEED_FORK: 'alarm',
  /** A head of a feed is not published in the provenance log within five minutes. */
  FEED_UNANCHORED: 'alarm',
  /** The provenance log publishes a greater head of a feed than is served after five minutes. */
  FEED_KEPT_BACK: 'alarm',

  /** No connection, or it broke. */
  NETWORK: 'network',
  /** No answer in time. */
  TIMEOUT: 'network',
  /** The hub asks to be left alone for longer than is worth waiting. */
  RATE_LIMITED: 'network',
  /** The hub answers with a server error. */
  HUB_UNAVAILABLE: 'network',
  /** The hub wants to send the client elsewhere. */
  REDIRECTED: 'network',
  /** A horizon has passed what was being read: it is to be read again from the snapshot at it. */
  FEED_BEGAN_ANEW: 'network',
  /** The answer is none that a hub gives: perhaps something else answers at this address. */
  UNEXPECTED_ANSWER: 'network',

  /** There is no configuration yet. */
  NOT_CONFIGURED: 'local',
  /** There is a configuration already. */
  ALREADY_CONFIGURED: 'local',
  /** The configuration cannot be understood. */
  CONFIG_INVALID: 'local',
  /** The policy file is none, or does not pin a hub. */
  POLICY_INVALID: 'local',
  /** The policy file does not pin this log. */
  LOG_NOT_PINNED: 'local',
  /** A key file is missing, readable by others or no key. */
  KEY_UNUSABLE: 'local',
  /** The outbox holds something that the client did not write. */
  OUTBOX_INVALID: 'local',
  /** There is no store here, or it holds something that the client did not write. */
  STORE_INVALID: 'local',
  /** Bytes of the store changed since they were written. */
  STORE_DAMAGED: 'local',
  /** Another process is at work on the same files. */
  BUSY: 'local',
  /** The store is of another log. */
  STORE_OF_ANOTHER_LOG: 'local',
  /** The file system refused an operation. */
  FILE_FAILED: 'local',
} as const satisfies Record<string, ClientErrorKind>;

/** Every way in which the client fails; closed, so that a caller may switch over it. */
export type ClientErrorCode = keyof typeof KINDS;

/**
 * The one error of this library. `subject` names what failed (a file and line, a feed, a round, a pack), the message
 * says how. Neither ever holds a hash value, a token or a key.
 */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly code: ClientErrorCode,
    readonly subject: string,
    /** The rule or the reason, in words. */
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(`${subject}: ${reason}`, options);
  }

  get kind(): ClientErrorKind {
    return KINDS[this.code];
  }
}
