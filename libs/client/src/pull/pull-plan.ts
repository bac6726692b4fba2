import { emptySubtreeHash, SET_TREE_HEIGHT, toHex, type RoundPack } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { NumberedRound } from './read-rounds.js';

/** One pack to fetch, with what must hold before and after it. */
export interface PlannedPack {
  /** Names the pack in errors. */
  readonly subject: string;
  readonly type: string;
  readonly announced: RoundPack;
  /** Set root before it, hex. */
  readonly from: string;
}

/** What is known of one type before the pull. */
export interface TypeHead {
  /** Rounds applied. */
  readonly size: number;
  readonly count: number;
  /** Set root, hex. */
  readonly root: string;
}

/** What the rounds say of one type: its packs in the order in which they apply, and where they lead. */
export interface TypePlan {
  readonly type: string;
  readonly packs: readonly PlannedPack[];
  readonly count: number;
  readonly root: string;
}

/** Set root of an empty set, hex. */
export const EMPTY_ROOT = toHex(emptySubtreeHash(SET_TREE_HEIGHT));

const NOTHING: TypeHead = { size: 0, count: 0, root: EMPTY_ROOT };

/**
 * What to fetch and apply, by type.
 *
 * @param wanted  whether a type is asked for
 * @param known   where each type stands
 * @throws ClientError `ROUND_INCONSISTENT` when the counts of a round do not follow from those before
 */
export function planPull(
  feed: string,
  rounds: readonly NumberedRound[],
  wanted: (type: string) => boolean,
  known: ReadonlyMap<string, TypeHead>,
): TypePlan[] {
  const plans = new Map<string, { packs: PlannedPack[]; head: TypeHead }>();
  for (const { index, round } of rounds) {
    if (round.kind === 'idle') continue;
    for (const { type, packs } of round.changes) {
      const plan = plans.get(type) ?? { packs: [], head: known.get(type) ?? NOTHING };
      if (!wanted(type) || index < plan.head.size) continue;
      packs.forEach((announced, part) => {
        const subject = `feed ${feed}, round ${index}, ${type} pack ${part + 1} of ${packs.length}`;
        requireCount(subject, plan.head.count, announced);
        plan.packs.push({ subject, type, announced, from: plan.head.root });
        plan.head = { ...plan.head, count: announced.count, root: announced.root };
      });
      plans.set(type, plan);
    }
  }
  return [...plans]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, { packs, head }]) => ({ type, packs, count: head.count, root: head.root }));
}

function requireCount(subject: string, before: number, { added, removed, count }: RoundPack): void {
  if (before + added - removed === count) return;
  throw new ClientError('ROUND_INCONSISTENT', subject, 'its count does not follow from the one before');
}
