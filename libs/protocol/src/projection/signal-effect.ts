import type { AppliedOperation } from './state.js';

/** An entry at its place in the log, after the gates. */
export interface PlacedEntry {
  /** Zero-based line in its submission. */
  line: number;
  /** Name of the signal type. */
  type: string;
  /** Record key. */
  key: Uint8Array;
  /** What the decision says came before it about the same signal, or null. */
  prev: number | null;
  /** What the entry becomes, or null when it has no effect. */
  operation: AppliedOperation | null;
  /** The removal reason that the operation leaves at its signal, or null when it can end no claim. */
  reason: number | null;
}

/**
 * What a statement does to signals, once the directory of channels, members and keys is as it leaves it. One of a signal never depends on
 * another signal, so an effect can be applied to any part of the signals by itself.
 */
export type SignalEffect =
  | { kind: 'none' }
  /** The policy of a channel is another: all its signals are evaluated. */
  | { kind: 'policy'; channel: string }
  /** The facts of a member are others: signals with an operation of it are evaluated. */
  | { kind: 'facts'; member: string }
  /** Operations of a member at indexes from `from` on become void: those of one key, or of all (null). */
  | { kind: 'void'; member: string; key: string | null; from: number; reason: number }
  /** The clock goes from `before` to `now`. */
  | { kind: 'tick'; before: number; now: number }
  /** The entries of the submission at `index`, in the order of their lines. */
  | { kind: 'entries'; channel: string; index: number; entries: readonly PlacedEntry[] };

/** The effect of a statement that concerns no signal. */
export const NO_EFFECT: SignalEffect = { kind: 'none' };
