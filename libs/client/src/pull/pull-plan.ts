import {
  emptySubtreeHash,
  PackError,
  SET_TREE_HEIGHT,
  toHex,
  TypeChain,
  type ChainLink,
  type RoundPack,
  type TypeStanding,
} from '#libs/protocol';
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

/** What the leaves say of one type: packs in the order in which they apply, and where they lead. */
export interface TypePlan {
  readonly type: string;
  readonly packs: readonly PlannedPack[];
  readonly count: number;
  readonly root: string;
}

/** Set root of an empty set, hex. */
export const EMPTY_ROOT = toHex(emptySubtreeHash(SET_TREE_HEIGHT));

const NOTHING: TypeStanding = { size: 0, count: 0, root: EMPTY_ROOT };

/**
 * What to fetch and apply, by type: of the packs of rounds and of rollups that stand for them, the fewest that lead to the end. Every rollup is held
 * to its rounds first, whether it is used or not.
 *
 * @param wanted  whether a type is asked for
 * @param known   where each type stands
 * @throws ClientError `ROUND_INCONSISTENT` when the counts of a round do not follow from those before, `ROLLUP_INCONSISTENT` when a rollup does not
 *   lead where its rounds lead
 */
export function planPull(
  feed: string,
  rounds: readonly NumberedRound[],
  wanted: (type: string) => boolean,
  known: ReadonlyMap<string, TypeStanding>,
): TypePlan[] {
  const chains = new Map<string, TypeChain>();
  for (const numbered of rounds) {
    if (numbered.round.kind === 'idle') continue;
    for (const { type } of numbered.round.changes) {
      if (!wanted(type)) continue;
      const chain = chains.get(type) ?? new TypeChain(known.get(type) ?? NOTHING);
      chains.set(type, chain);
      addTo(chain, feed, type, numbered);
    }
  }
  return [...chains]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, chain]) => planOf(feed, type, chain))
    .filter(({ packs }) => packs.length > 0);
}

function addTo(chain: TypeChain, feed: string, type: string, { index, round }: NumberedRound): void {
  if (round.kind === 'idle') return;
  const change = round.changes.find((one) => one.type === type)!;
  try {
    if (round.kind === 'round') chain.addRound(index, change);
    else chain.addRollup(index, round, change);
  } catch (cause) {
    if (!(cause instanceof PackError)) throw cause;
    const code = cause.code === 'wrong-rollup' ? 'ROLLUP_INCONSISTENT' : 'ROUND_INCONSISTENT';
    const subject = subjectOf(feed, type, { kind: round.kind, index, packs: change.packs }, 0);
    throw new ClientError(code, subject, cause.message, { cause });
  }
}

function planOf(feed: string, type: string, chain: TypeChain): TypePlan {
  const packs = chain.cover().flatMap((link) =>
    link.packs.map((announced, part): PlannedPack => {
      const from = part === 0 ? link.root : link.packs[part - 1]!.root;
      return { subject: subjectOf(feed, type, link, part), type, announced, from };
    }),
  );
  const { count, root } = chain.end;
  return { type, packs, count, root };
}

function subjectOf(
  feed: string,
  type: string,
  { kind, index, packs }: Pick<ChainLink, 'kind' | 'index' | 'packs'>,
  part: number,
): string {
  return `feed ${feed}, ${kind} ${index}, ${type} pack ${part + 1} of ${packs.length}`;
}
