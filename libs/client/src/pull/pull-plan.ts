import {
  emptySubtreeHash,
  PackError,
  SET_TREE_HEIGHT,
  toHex,
  TypeChain,
  type ChainLink,
  type PackErrorCode,
  type Round,
  type RoundPack,
  type TypeStanding,
} from '#libs/protocol';
import { ClientError, type ClientErrorCode } from '../client-error.js';
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
  /** Whether the packs begin with nothing: what would lead on from the set that is held is no longer served. */
  readonly anew: boolean;
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
 *   lead where its rounds lead, `SNAPSHOT_INCONSISTENT` when a snapshot does not, or a horizon has none
 */
export function planPull(
  feed: string,
  rounds: readonly NumberedRound[],
  wanted: (type: string) => boolean,
  known: ReadonlyMap<string, TypeStanding>,
): TypePlan[] {
  const chains = new Map<string, TypeChain>();
  const first = rounds[0]?.index ?? 0;
  for (const { index, round } of rounds) {
    for (const type of typesOf(round).filter(wanted)) {
      const chain = chains.get(type) ?? new TypeChain(known.get(type) ?? NOTHING, first);
      chains.set(type, chain);
      naming(`feed ${feed}, ${round.kind} ${index}, ${type}`, () => addTo(chain, type, index, round));
    }
  }
  return [...chains]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([type, chain]) => naming(`feed ${feed}, ${type}`, () => planOf(feed, type, chain)))
    .filter(({ packs, anew }) => anew || packs.length > 0);
}

/** Types that a leaf says something of. */
export function typesOf(leaf: Round): string[] {
  if (leaf.kind === 'idle') return [];
  return (leaf.kind === 'horizon' ? leaf.horizons : leaf.changes).map(({ type }) => type);
}

function addTo(chain: TypeChain, type: string, index: number, leaf: Round): void {
  if (leaf.kind === 'idle') return;
  if (leaf.kind === 'horizon')
    return chain.addHorizon(index, leaf.horizons.find((horizon) => horizon.type === type)!.size);
  const change = leaf.changes.find((one) => one.type === type)!;
  if (leaf.kind === 'round') chain.addRound(index, change);
  else if (leaf.kind === 'rollup') chain.addRollup(index, leaf, change);
  else chain.addSnapshot(index, change);
}

const CODES: Readonly<Partial<Record<PackErrorCode, ClientErrorCode>>> = {
  'wrong-rollup': 'ROLLUP_INCONSISTENT',
  'wrong-snapshot': 'SNAPSHOT_INCONSISTENT',
  'wrong-horizon': 'SNAPSHOT_INCONSISTENT',
};

function naming<T>(subject: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (!(cause instanceof PackError)) throw cause;
    throw new ClientError(CODES[cause.code] ?? 'ROUND_INCONSISTENT', subject, cause.message, { cause });
  }
}

function planOf(feed: string, type: string, chain: TypeChain): TypePlan {
  const { anew, links } = chain.cover();
  const packs = links.flatMap((link) =>
    link.packs.map((announced, part): PlannedPack => {
      const from = part === 0 ? link.root : link.packs[part - 1]!.root;
      return { subject: subjectOf(feed, type, link, part), type, announced, from };
    }),
  );
  const { count, root } = chain.end;
  return { type, packs, anew, count, root };
}

function subjectOf(
  feed: string,
  type: string,
  { kind, index, packs }: Pick<ChainLink, 'kind' | 'index' | 'packs'>,
  part: number,
): string {
  return `feed ${feed}, ${kind} ${index}, ${type} pack ${part + 1} of ${packs.length}`;
}
