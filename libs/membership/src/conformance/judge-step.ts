import type { Tx } from '#libs/platform';
import {
  CONFORMANCE_TYPE,
  CONFORMANCE_WINDOW,
  conformanceAnswer,
  fromHex,
  toHex,
  type ConformanceStep,
  type Entry,
} from '#libs/protocol';
import type { RunScript } from './conformance-task.js';

/** What a member reports about one step; what a step does not ask for is null. */
export interface ConformanceReport {
  readonly run: string;
  readonly step: ConformanceStep;
  /** `jti` of its submission to the sandbox. */
  readonly submission: string | null;
  /** Rounds of the sandbox feed that its copy has applied. */
  readonly size: number | null;
  /** Set root of its copy, hex. */
  readonly root: string | null;
  /** Its copy's answer to the question, hex. */
  readonly answer: string | null;
  /** Code of the `FeedReset` that it was answered with. */
  readonly reset: string | null;
}

/** Why a step was not passed. */
export type ConformanceFault =
  | 'WRONG_BATCH'
  | 'WITHOUT_EFFECT'
  | 'AHEAD_OF_FEED'
  | 'STALE_COPY'
  | 'TOMBSTONE_NOT_APPLIED'
  | 'WRONG_ROOT'
  | 'WRONG_ANSWER'
  | 'RESET_NOT_SEEN';

/** A submission of the member to the sandbox that is published. */
export interface SandboxSubmission {
  readonly entries: readonly Entry[];
  /** Whether every entry has effect. */
  readonly effective: boolean;
}

/** What the hub itself knows of the sandbox, to hold reports against. */
export interface SandboxEvidence {
  /** A submission of the member to the sandbox: null when there is none of that jti, `waiting` until it is published. */
  submission(tx: Tx, memberId: number, jti: string): Promise<SandboxSubmission | 'waiting' | null>;
  /** Rounds of the feed that are signed. */
  headSize(tx: Tx): Promise<number>;
  /** The set root after `size` rounds, hex. */
  setRoot(tx: Tx, size: number): Promise<string>;
  /** Keys of the set after `size` rounds, ascending from `from` on, at most `limit`. */
  keys(tx: Tx, size: number, from: Uint8Array, limit: number): Promise<readonly Uint8Array[]>;
}

/** Null when the copy is right. */
export async function judgeCopy(
  tx: Tx,
  evidence: SandboxEvidence,
  script: RunScript,
  { step, size, root, answer, reset }: ConformanceReport & { size: number },
): Promise<ConformanceFault | null> {
  if (size > (await evidence.headSize(tx))) return 'AHEAD_OF_FEED';
  if (step === 'reset' && reset !== FEED_RESET) return 'RESET_NOT_SEEN';
  if (!(await isFresh(tx, evidence, script, step, size))) return 'STALE_COPY';
  const { salt, from } = script.task(step).question!;
  const [saltBytes, first] = [fromHex(salt)!, fromHex(from)!];
  const keys = await evidence.keys(tx, size, first, CONFORMANCE_WINDOW);
  if (answer !== conformanceAnswer(saltBytes, keys)) {
    const unapplied = conformanceAnswer(saltBytes, withKey(keys, fromHex(script.retracted)!));
    return step !== 'pull' && answer === unapplied ? 'TOMBSTONE_NOT_APPLIED' : 'WRONG_ANSWER';
  }
  return root === (await evidence.setRoot(tx, size)) ? null : 'WRONG_ROOT';
}

/** What the API's `feedDelta` says to a reader from beyond the head. */
const FEED_RESET = 'AHEAD_OF_FEED';

/** Whether the feed at that size holds what the step is about: the run's values, without the retracted one once it has been. */
async function isFresh(
  tx: Tx,
  evidence: SandboxEvidence,
  script: RunScript,
  step: ConformanceStep,
  size: number,
): Promise<boolean> {
  for (const value of script.values) {
    const [key] = await evidence.keys(tx, size, fromHex(value)!, 1);
    const held = key !== undefined && toHex(key) === value;
    if (held !== (step === 'pull' || value !== script.retracted)) return false;
  }
  return true;
}

/** The window of a copy that holds one key more. */
function withKey(keys: readonly Uint8Array[], more: Uint8Array): Uint8Array[] {
  const all = [...keys, more].sort((a, b) => Buffer.compare(a, b));
  return all.slice(0, CONFORMANCE_WINDOW);
}

/** Null when the batch is the one that was asked for, and counts. */
export function judgeBatch(
  script: RunScript,
  step: 'submit' | 'tombstone',
  { entries, effective }: SandboxSubmission,
): ConformanceFault | null {
  const op = step === 'submit' ? 'assert' : 'retract';
  const given = entries.map(({ key }) => toHex(key)).sort();
  const asked = script.task(step).values;
  const fits =
    entries.every((entry) => entry.op === op && entry.type.name === CONFORMANCE_TYPE) &&
    given.length === asked.length &&
    given.every((value, i) => value === asked[i]);
  if (!fits) return 'WRONG_BATCH';
  return effective ? null : 'WITHOUT_EFFECT';
}
