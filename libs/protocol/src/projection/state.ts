import type { ChannelPolicy } from '../statement/channel-policy.js';
import type { KeyPurpose, MemberKind, MemberStatus } from '../statement/statement.js';

/** A member as its statements have it. */
export interface MemberState {
  member: string;
  /** Stands for the member in records. */
  code: number;
  name: string;
  kind: MemberKind;
  group: string;
  accredited: boolean;
  status: MemberStatus;
  /** Submissions logged so far: the counter of the latest. */
  submissions: number;
}

/** A key that was ever registered. */
export interface KeyState {
  member: string;
  purpose: KeyPurpose;
  /** Log index of the statement that revoked it, or null. */
  revokedAt: number | null;
}

/** An operation that had effect when it was applied. */
export interface AppliedOperation {
  /** Log index of its submission. */
  index: number;
  /** Zero-based line in its submission. */
  line: number;
  member: string;
  /** Thumbprint of the key that signed. */
  key: string;
  op: 'assert' | 'retract';
  named: boolean;
  /** Label codes of the channel; empty for a retraction. */
  labels: readonly number[];
  quality: number | null;
  /** First day on which the claim no longer stands, or null. */
  expires: number | null;
  /** Voided by the revocation of its key. */
  void: boolean;
}

/** A signal in a channel, with all that was ever said about it there. */
export interface SignalState {
  key: Uint8Array;
  /** Log index of the latest statement with an entry about this signal: the end of its chain of decisions. */
  latest: number;
  /** By member, in log order. */
  operations: Map<string, AppliedOperation[]>;
  /**
   * Removal reason code of the last event that could end a claim: a retraction, a day that came, a revocation. Whoever removes the
   * record gives this reason. 0 before the first such event.
   */
  reason: number;
  /** Metadata of the record, or null when the feed does not hold the signal. */
  metadata: Uint8Array | null;
}

/** A channel with the signals in it. */
export interface ChannelState {
  policy: ChannelPolicy;
  /** Codes of the policy's labels. */
  labelCodes: ReadonlyMap<string, number>;
  /** Rights by member. */
  rights: Map<string, { submit: boolean; receive: boolean }>;
  /** Signals by type name, then by hex of their key. */
  signals: Map<string, Map<string, SignalState>>;
}

/** A line that is void from the start, since an `erase` names it, now or later in the log. */
export interface ErasedLine {
  channel: string;
  /** As in its decision, which stays. */
  prev: number | null;
  /** Log index of the `erase`, or null while that is still to come. */
  erasedAt: number | null;
}

/** Everything that follows from the log up to `size`. */
export interface ProjectionState {
  /** Statements applied: the log size this state is for. */
  size: number;
  /** Leaf time of the latest statement. */
  time: number;
  /** Time of the latest tick: the only clock of the projection. */
  now: number;
  origin: string | null;
  members: Map<string, MemberState>;
  /** Members by code. */
  codes: Map<number, string>;
  /** Keys by thumbprint. */
  keys: Map<string, KeyState>;
  channels: Map<string, ChannelState>;
  /** Erased lines of the submissions so far: by log index, then line. They say nothing of any signal. */
  erasedLines: Map<number, Map<number, ErasedLine>>;
  /** Whether all submissions are known. Who is shown only some cannot tell what an `erase` names. */
  complete: boolean;
}

/** The state before the first statement. */
export function emptyState(): ProjectionState {
  return {
    size: 0,
    time: 0,
    now: 0,
    origin: null,
    members: new Map(),
    codes: new Map(),
    keys: new Map(),
    channels: new Map(),
    erasedLines: new Map(),
    complete: true,
  };
}

/** How the record of one signal in one channel changed. */
export interface RecordChange {
  channel: string;
  type: string;
  /** Record key. */
  key: Uint8Array;
  /** Metadata of the record before, or null when there was none; never equal to `after`. */
  before: Uint8Array | null;
  /** Metadata of the record now, or null when there is none. */
  after: Uint8Array | null;
  /** Removal reason code, 1 to 255 when `after` is null; otherwise without meaning. */
  reason: number;
}
