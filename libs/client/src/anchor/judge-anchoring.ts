/** How long the provenance log may take to publish a head of a feed, and the feed to serve a published head, in milliseconds. */
export const ANCHOR_LIMIT_MS = 5 * 60_000;

/** Without anything new an anchored head is held against the log again after so long, in milliseconds of the reader's clock. */
export const ANCHOR_RECHECK_MS = 60 * 60_000;

/** A head of a feed that was taken over and that no published head covers yet. */
export interface PendingHead {
  /** Rounds. */
  readonly size: number;
  /** Root, hex. */
  readonly root: string;
  /** Exact text of its checkpoint. */
  readonly note: string;
  /** From when on the log could have published it, Unix milliseconds by the hub's clock; null for a feed without rounds. */
  readonly time: number | null;
  /** When it was first seen, Unix milliseconds by the reader's clock. */
  readonly seen: number;
}

/** A published head that is greater than what the feed serves. */
export interface AheadHead {
  readonly size: number;
  /** Root, hex. */
  readonly root: string;
  /** Log index, time and leaf hash (hex) of the statement. */
  readonly index: number;
  readonly time: number;
  readonly leaf: string;
  /** When it was first seen, Unix milliseconds by the reader's clock. */
  readonly seen: number;
}

/** What is known when anchoring is judged. */
export interface AnchorFacts {
  /** The reader's clock, Unix milliseconds. */
  readonly now: number;
  /** Time of the last leaf of the provenance log, by the hub's clock; null while it has none. */
  readonly logTime: number | null;
  /** Greatest size of the feed that the log publishes and that was proved to be of the same history; 0 for none. */
  readonly covered: number;
  readonly pending: readonly PendingHead[];
  readonly ahead: AheadHead | null;
  /** Whether `ahead` was known before the feed was asked this time: else it may have been published after that. */
  readonly aheadKnown: boolean;
}

/** What follows from the facts. */
export interface AnchorJudgement {
  /** Heads that wait to be covered, ascending by size. */
  readonly pending: readonly PendingHead[];
  readonly ahead: AheadHead | null;
  /** What is not as it must be, the head that waits longest first; null when all is well or may yet become so. */
  readonly alarm:
    | { readonly kind: 'unanchored'; readonly head: PendingHead }
    | { readonly kind: 'kept-back'; readonly head: AheadHead }
    | null;
}

/**
 * Judges whether log and feed agree in time (docs/protocol-feed.md, "Anchoring"). A head is overdue when either clock says so: that of the
 * hub, by the times of its own leaves, or that of the reader, since it first saw the head. A later covering statement ends every alarm.
 */
export function judgeAnchoring(facts: AnchorFacts): AnchorJudgement {
  const { now, covered } = facts;
  const pending = facts.pending.filter(({ size }) => size > covered).map((head) => seenBy(head, now));
  const ahead = facts.ahead === null ? null : seenBy(facts.ahead, now);
  const late = pending.find((head) => isOverdue(head, facts));
  if (late !== undefined) return { pending, ahead, alarm: { kind: 'unanchored', head: late } };
  const kept = ahead !== null && facts.aheadKnown && isOverdue(ahead, facts);
  return { pending, ahead, alarm: kept ? { kind: 'kept-back', head: ahead } : null };
}

/** Whether a head that was held against the log needs not be so again now: it is anchored, nothing is ahead of it, and it is not long ago. */
export function isSettled(state: SettledFacts | null, now: number): boolean {
  if (state === null || state.pending.length > 0 || state.ahead !== null) return false;
  return Math.abs(now - state.followedAt) <= ANCHOR_RECHECK_MS;
}

/** What {@link isSettled} asks of a state. */
export interface SettledFacts {
  readonly pending: readonly PendingHead[];
  readonly ahead: AheadHead | null;
  /** When the log was followed last, Unix milliseconds by the reader's clock. */
  readonly followedAt: number;
}

/** A reader's clock that was ahead and has been set back must not give the hub more time than five minutes from now. */
function seenBy<T extends PendingHead | AheadHead>(head: T, now: number): T {
  return head.seen > now ? { ...head, seen: now } : head;
}

function isOverdue({ time, seen }: PendingHead | AheadHead, { now, logTime }: AnchorFacts): boolean {
  const byLog = time !== null && logTime !== null && logTime - time > ANCHOR_LIMIT_MS;
  return byLog || now - seen > ANCHOR_LIMIT_MS;
}
