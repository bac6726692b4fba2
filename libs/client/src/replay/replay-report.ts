import type { Difference } from './difference.js';
import type { ReplayBase } from './gather-state.js';
import type { SeenSubmissions } from './trust.js';

/** What a replay found. */
export interface ReplayReport {
  /** Whether everything that was compared is as it must be. */
  readonly met: boolean;
  readonly reader: 'auditor' | 'member';
  /** Statements of the log that were replayed, of so many that its signed head covers. */
  readonly statements: number;
  readonly logSize: number;
  readonly rounds: number;
  /** Rollups that were compared with their rounds. */
  readonly rollups: number;
  /** Set roots that the replayed packs lead to. */
  readonly rootsMet: number;
  /** `state` statements that commit to the replayed state. */
  readonly statesMet: number;
  /** At most 1,000; `moreDifferences` are not among them. */
  readonly differences: readonly Difference[];
  readonly moreDifferences: number;
  /** Changes that follow from the log, of the last minutes, that no round announces yet. */
  readonly pending: number;
  /** Rounds that go beyond the log's signed head: the next replay compares them. */
  readonly ahead: number;
  /** Where the evidence of differences is kept; null when there is none. */
  readonly evidence: string | null;
  readonly trust: ReplayTrust;
  readonly timing: ReplayTiming;
}

/** What was not verified, because the one who replays may not see it. */
export interface ReplayTrust extends SeenSubmissions {
  /** The state that the replay began with: that it follows from the statements below its size. Null when it began with the first. */
  readonly base: ReplayBase | null;
  /** Channels of the log whose feeds were not read: not received, or not pinned. */
  readonly feeds: readonly string[];
  /** Whether records were compared with everything that was said of them, or only with what this member said itself. */
  readonly records: 'whole' | 'own';
}

/** Milliseconds of each pass in this run; what an earlier run had done is not in it. */
export interface ReplayTiming {
  readonly copy: number;
  readonly gather: number;
  readonly partitions: number;
  readonly roots: number;
}

/** How far a replay is. */
export interface ReplayProgress {
  readonly pass: 'log' | 'state' | 'submissions' | 'signals';
  readonly done: number;
  readonly total: number;
}
