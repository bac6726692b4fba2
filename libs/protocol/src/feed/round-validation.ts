import { PackError } from './pack-error.js';
import { PACK_LIMITS } from './pack.js';
import {
  refuse,
  requireArray,
  requireChannel,
  requireCount,
  requireDigest,
  requireFilledArray,
  requireMembers,
  requireNonce,
} from './round-fields.js';
import {
  ROUND_VERSION,
  type ProvenanceHead,
  type Round,
  type RoundPack,
  type RoundTypeChange,
  type TypeHorizon,
} from './round.js';
import { emptySubtreeHash, SET_TREE_HEIGHT } from './empty-subtree.js';
import { isTypeName } from './set-shape.js';
import { toHex } from '../hex.js';

const COMMON_MEMBERS = ['cairn', 'kind', 'feed', 'time', 'log', 'nonce'];
/** Members of a kind besides those. */
const OWN_MEMBERS: Readonly<Record<Round['kind'], readonly string[]>> = {
  round: ['changes'],
  idle: [],
  rollup: ['from', 'to', 'changes'],
  snapshot: ['changes'],
  horizon: ['horizons'],
};
/** Root of a set without records, hex. */
const EMPTY_SET = toHex(emptySubtreeHash(SET_TREE_HEIGHT));
const PACK_MEMBERS = ['digest', 'bytes', 'added', 'updated', 'removed', 'count', 'root'];

/**
 * The round that a parsed value describes: a new object, members in the order of the leaf.
 *
 * @throws PackError as `readRound` does, but for what only the text shows
 */
export function validateRound(value: unknown): Round {
  const kind = requireKind(value);
  const leaf = requireMembers(value, 'leaf', [...COMMON_MEMBERS, ...OWN_MEMBERS[kind]]);
  const common = {
    feed: requireChannel(leaf['feed'], 'feed'),
    time: requireCount(leaf['time'], 'time'),
    log: requireHead(leaf['log']),
    nonce: requireNonce(leaf['nonce'], 'nonce'),
  };
  switch (kind) {
    case 'round':
      return { kind, ...common, changes: requireChanges(requireFilledArray(leaf['changes'], 'changes')) };
    case 'idle':
      return { kind, ...common };
    case 'rollup':
      return { kind, ...common, ...requireWindow(leaf), changes: requireFolds(leaf['changes']) };
    case 'snapshot':
      return { kind, ...common, changes: requireWholeSet(leaf['changes']) };
    case 'horizon':
      return { kind, ...common, horizons: requireHorizons(leaf['horizons']) };
  }
}

/** Version and kind come first: a leaf of another version or kind is refused by name, whatever else it holds. */
function requireKind(value: unknown): Round['kind'] {
  if (typeof value !== 'object' || value === null) refuse('leaf', 'is not an object');
  const { cairn, kind } = value as { cairn?: unknown; kind?: unknown };
  if (cairn !== ROUND_VERSION) throw new PackError('unsupported-version', 'round: cairn is not feed/1');
  if (typeof kind === 'string' && Object.hasOwn(OWN_MEMBERS, kind)) return kind as Round['kind'];
  throw new PackError('unknown-kind', 'round: kind is not known');
}

function requireHead(value: unknown): ProvenanceHead {
  const head = requireMembers(value, 'log', ['size', 'root']);
  return { size: requireCount(head['size'], 'log.size'), root: requireDigest(head['root'], 'log.root') };
}

function requireWindow(leaf: Record<string, unknown>): { from: number; to: number } {
  const window = { from: requireCount(leaf['from'], 'from'), to: requireCount(leaf['to'], 'to') };
  if (window.from >= window.to) inconsistent('leaf', 'is not of a from below its to');
  return window;
}

/** A fold that is too large for one pack saves nobody anything. */
function requireFolds(value: unknown): RoundTypeChange[] {
  const changes = requireChanges(requireArray(value, 'changes'));
  changes.forEach(({ packs }, at) => {
    if (packs.length > 1) inconsistent(`changes[${at}]`, 'has more than one pack');
  });
  return changes;
}

/** Of one type, whose packs only add, beginning with nothing. */
function requireWholeSet(value: unknown): RoundTypeChange[] {
  const changes = requireFilledArray(value, 'changes').map((change, at) =>
    requireTypeChange(change, at, true),
  );
  const { count, root, packs } = changes[0]!;
  if (changes.length > 1) inconsistent('leaf', 'is a snapshot of more than one type');
  if (packs.length === 0 && (count !== 0 || root !== EMPTY_SET))
    inconsistent('changes[0]', 'has records and no pack');
  packs.forEach(({ added, updated, removed, count: after }, part) => {
    if (updated + removed > 0) inconsistent(`changes[0].packs[${part}]`, 'does more than add');
    if (part === 0 && after !== added)
      inconsistent('changes[0].packs[0]', 'does not begin with the empty set');
  });
  return changes;
}

function requireHorizons(value: unknown): TypeHorizon[] {
  const horizons = requireFilledArray(value, 'horizons').map((one, at): TypeHorizon => {
    const field = `horizons[${at}]`;
    const horizon = requireMembers(one, field, ['type', 'size']);
    return {
      type: requireType(horizon['type'], `${field}.type`),
      size: requireCount(horizon['size'], `${field}.size`),
    };
  });
  requireAscending(horizons, 'horizons');
  return horizons;
}

function requireChanges(value: readonly unknown[]): RoundTypeChange[] {
  const changes = value.map((change, at) => requireTypeChange(change, at, false));
  requireAscending(changes, 'changes');
  return changes;
}

function requireAscending(items: readonly { readonly type: string }[], field: string): void {
  items.forEach(({ type }, at) => {
    const before = items[at - 1];
    if (before !== undefined && before.type >= type)
      throw new PackError('unsorted-types', `round: types of ${field} do not strictly ascend`);
  });
}

function requireType(value: unknown, field: string): string {
  if (typeof value !== 'string' || !isTypeName(value)) refuse(field, 'is not 1 to 32 of a-z, 0-9 and hyphen');
  return value;
}

/** @param mayBeEmpty  whether it may be without packs */
function requireTypeChange(value: unknown, at: number, mayBeEmpty: boolean): RoundTypeChange {
  const field = `changes[${at}]`;
  const change = requireMembers(value, field, ['type', 'count', 'root', 'packs']);
  const type = requireType(change['type'], `${field}.type`);
  const count = requireCount(change['count'], `${field}.count`);
  const root = requireDigest(change['root'], `${field}.root`);
  const requireList = mayBeEmpty ? requireArray : requireFilledArray;
  const packs = requireList(change['packs'], `${field}.packs`).map((pack, part) =>
    requirePack(pack, `${field}.packs[${part}]`),
  );
  packs.forEach((pack, part) => requireArithmetic(packs[part - 1], pack, `${field}.packs[${part}]`));
  const last = packs.at(-1) ?? { count, root };
  if (last.count !== count || last.root !== root)
    inconsistent(field, 'count or root differs from its last pack');
  return { type, count, root, packs };
}

function requirePack(value: unknown, field: string): RoundPack {
  const pack = requireMembers(value, field, PACK_MEMBERS);
  return {
    digest: requireDigest(pack['digest'], `${field}.digest`),
    bytes: requireCount(pack['bytes'], `${field}.bytes`, 1, PACK_LIMITS.bytes),
    added: requireCount(pack['added'], `${field}.added`, 0, PACK_LIMITS.changes),
    updated: requireCount(pack['updated'], `${field}.updated`, 0, PACK_LIMITS.changes),
    removed: requireCount(pack['removed'], `${field}.removed`, 0, PACK_LIMITS.changes),
    count: requireCount(pack['count'], `${field}.count`),
    root: requireDigest(pack['root'], `${field}.root`),
  };
}

/** Counts that no set can have gone through are refused before any pack is fetched. */
function requireArithmetic(before: RoundPack | undefined, pack: RoundPack, field: string): void {
  const { added, updated, removed, count } = pack;
  const changes = added + updated + removed;
  if (changes === 0 || changes > PACK_LIMITS.changes)
    inconsistent(field, 'does not hold 1 to 65,536 changes');
  const countBefore = count - added + removed;
  if (countBefore < updated + removed) inconsistent(field, 'changes more records than there are');
  if (before !== undefined && before.count !== countBefore)
    inconsistent(field, 'count does not follow from the part before');
}

function inconsistent(field: string, rule: string): never {
  throw new PackError('inconsistent-round', `round: ${field} ${rule}`);
}
