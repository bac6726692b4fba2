import { REMOVAL_REASON, type SignalState } from '#libs/protocol';
import { equalBytes } from '#libs/tlog';
import type { AnnouncedSet } from './announced-set.js';
import { difference, type Difference, type DifferenceKind } from './difference.js';
import type { AnnouncedChange } from './spill-records.js';

/** The signals of one type in one channel, as the log has them and as the feed does. */
export interface ComparedType {
  readonly feed: string;
  readonly type: string;
  /** By the hex of their keys. */
  readonly signals: ReadonlyMap<string, SignalState>;
  /** Before the round. */
  readonly announced: AnnouncedSet;
  /** Whether lines of the channel were erased since the round before: a removal may say so. */
  readonly erases: boolean;
}

/** How a record is judged: by who knows all that was said of it, or only by who said some of it. */
export type Knowledge = 'whole' | 'own';

/**
 * Holds what a round announces to what follows from the log. Every record that changed on either side since the round before is looked at; all
 * others are as they were.
 *
 * @param touched hex of the keys whose records changed by the log
 * @param round null when no round announces anything of it
 */
export function compareRound(
  compared: ComparedType,
  touched: Iterable<string>,
  changes: readonly AnnouncedChange[],
  round: number | null,
  knowledge: Knowledge,
): Difference[] {
  const byKey = new Map(changes.map((change) => [hexOf(change.key), change]));
  const differences: Difference[] = [];
  for (const key of new Set([...touched, ...byKey.keys()])) {
    const wrong = judge(compared, key, byKey.get(key) ?? null, knowledge);
    if (wrong === null) continue;
    const { feed, type, signals } = compared;
    const cause = causeOf(signals.get(key));
    differences.push(difference(wrong.kind, wrong.detail, { feed, round, type, key, ...cause }));
  }
  return differences;
}

interface Verdict {
  readonly kind: DifferenceKind;
  readonly detail: string;
}

function judge(
  { signals, announced, erases }: ComparedType,
  key: string,
  change: AnnouncedChange | null,
  knowledge: Knowledge,
): Verdict | null {
  const signal = signals.get(key);
  const before = announced.metadataOf(change?.key ?? signal?.key ?? Buffer.from(key, 'hex'));
  const after = change === null ? before : change.metadata;
  const expected = signal?.metadata ?? null;
  if (knowledge === 'own') return judgeOwn(expected, after);
  if (sameBytes(expected, after)) return change === null ? null : judgeForm(signal, before, change, erases);
  if (change === null) return { kind: 'omitted', detail: OMITTED[operationOf(before, expected)] };
  if (sameBytes(expected, before)) return { kind: 'invented', detail: INVENTED[change.op] };
  if (expected !== null && after !== null) {
    return { kind: 'wrong_metadata', detail: 'the record has other metadata than follow from the log' };
  }
  const detail = `the pack has ${change.op} where the log leads to ${operationOf(before, expected)}`;
  return { kind: 'wrong_operation', detail };
}

/** Who knows only what it said itself knows that a claim of its own that stands makes a record. */
function judgeOwn(expected: Uint8Array | null, after: Uint8Array | null): Verdict | null {
  if (expected === null || after !== null) return null;
  return { kind: 'omitted', detail: 'the feed does not hold a signal that the own entry claims' };
}

/** The record is as it should be; so must be the way there. */
function judgeForm(
  signal: SignalState | undefined,
  before: Uint8Array | null,
  { op, metadata, reason }: AnnouncedChange,
  erases: boolean,
): Verdict | null {
  if (sameBytes(before, metadata))
    return { kind: 'invented', detail: 'the pack has a change that changes nothing' };
  if (op !== operationOf(before, metadata)) {
    return {
      kind: 'wrong_operation',
      detail: `the pack has ${op} in place of ${operationOf(before, metadata)}`,
    };
  }
  if (op !== 'remove' || reason === (signal?.reason ?? 0)) return null;
  if (erases && reason === REMOVAL_REASON.erased) return null;
  return { kind: 'wrong_reason', detail: 'the removal has another reason than follows from the log' };
}

type Operation = 'add' | 'update' | 'remove';

const OMITTED: Readonly<Record<Operation, string>> = {
  add: 'the log leads to a record, and no pack adds it',
  update: 'the log leads to other metadata, and no pack updates the record',
  remove: 'by the log the record is gone, and no pack removes it',
};
const INVENTED: Readonly<Record<Operation, string>> = {
  add: 'a pack adds a record to which nothing in the log leads',
  update: 'a pack updates a record that by the log stays as it is',
  remove: 'a pack removes a record that by the log stays',
};

function operationOf(before: Uint8Array | null, after: Uint8Array | null): Operation {
  if (before === null) return 'add';
  return after === null ? 'remove' : 'update';
}

/** The latest entry with effect about a signal, else the latest submission about it; nothing when there is none. */
function causeOf(signal: SignalState | undefined): { index: number; line: number | null } | { index: null } {
  if (signal === undefined) return { index: null };
  let latest: { index: number; line: number | null } | null = null;
  for (const operations of signal.operations.values()) {
    const { index, line } = operations.at(-1)!;
    if (latest === null || index > latest.index) latest = { index, line };
  }
  return latest ?? { index: signal.latest, line: null };
}

/** Faster than the one of the protocol, which does without Node. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

function sameBytes(a: Uint8Array | null, b: Uint8Array | null): boolean {
  return a === null || b === null ? a === b : equalBytes(a, b);
}
