import {
  encodePack,
  foldPacks,
  packDigest,
  toHex,
  type Change,
  type Pack,
  type RollupLeaf,
  type RoundTypeChange,
} from '#libs/protocol';

/** How a rollup lies; what is not said is as it must be. */
export interface RollupLies {
  /** Other changes in the pack of a type. */
  readonly changes?: (changes: readonly Change[], type: string) => readonly Change[];
  /** Something else in the leaf. */
  readonly leaf?: (leaf: RollupLeaf) => void;
}

/** What a rollup announces of one type whose rounds have those packs, and the bytes of its pack; null when it has nothing to say. */
export function foldRounds(
  packs: readonly Pack[],
  count: number,
  lies: RollupLies = {},
): { readonly change: RoundTypeChange; readonly bytes: Uint8Array } | null {
  if (packs.length < 2) return null;
  const folded = foldPacks(packs);
  const changes = lies.changes?.(folded.changes, folded.type) ?? folded.changes;
  if (changes.length === 0) return null;
  const bytes = encodePack({ ...folded, changes });
  const tally = (op: Change['op']): number => changes.filter((change) => change.op === op).length;
  const counts = { added: tally('add'), updated: tally('update'), removed: tally('remove') };
  const after = { count, root: toHex(folded.to) };
  const pack = { digest: packDigest(bytes), bytes: bytes.length, ...counts, ...after };
  return { change: { type: folded.type, ...after, packs: [pack] }, bytes };
}
