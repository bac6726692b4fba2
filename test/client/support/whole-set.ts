import { encodePack, packDigest, RecordSet, sortChanges, splitChanges, toHex } from '#libs/protocol';
import type { AddChange, Change, PackLimits, RoundTypeChange } from '#libs/protocol';

/** How a snapshot lies; what is not said is as it must be. */
export interface SnapshotLies {
  /** Other records in its packs. */
  readonly changes?: (additions: readonly AddChange[]) => readonly AddChange[];
  /** Something else in the leaf. */
  readonly change?: (change: RoundTypeChange) => void;
}

/** What a snapshot announces of a set, whose packs are put to the others. */
export function wholeSet(
  whole: RecordSet,
  packs: Map<string, Uint8Array>,
  lies: SnapshotLies = {},
  limits?: PackLimits,
): RoundTypeChange {
  const { shape } = whole;
  const honest = [...whole.records()].map((record): AddChange => ({ op: 'add', ...record }));
  const additions = sortChanges((lies.changes?.(honest) ?? honest) as Change[]);
  let set = RecordSet.empty(shape);
  const announced = [...splitChanges(shape, additions, limits)].map((changes) => {
    const after = set.apply(changes);
    const bytes = encodePack({ ...shape, from: set.root, to: after.root, changes });
    set = after;
    packs.set(packDigest(bytes), bytes);
    const counts = { added: changes.length, updated: 0, removed: 0, count: after.count };
    return { digest: packDigest(bytes), bytes: bytes.length, ...counts, root: toHex(after.root) };
  });
  const change = { type: shape.type, count: set.count, root: toHex(set.root), packs: announced };
  lies.change?.(change);
  return change;
}
