import { compareBytes, equalBytes } from './bytes.js';
import { requireAfter, type Change } from './change.js';
import { PackError } from './pack-error.js';
import { packChanges, type Pack, type PackContents } from './pack.js';
import { sameShape } from './set-shape.js';

/**
 * Folds packs that follow one another into one list of changes: applying it to the root before the first gives the
 * root after the last. add+update = add, add+remove = nothing, update+update = update, update+remove = remove,
 * remove+add = update (also when it restores the former metadata, which a fold cannot know).
 *
 * The result may be above the limits of one pack; then it is split like any other change.
 *
 * @throws PackError `no-packs`, `wrong-shape`, `broken-chain` when one does not start at the root where the one
 *   before it ends, `contradiction` as {@link foldChanges} does
 */
export function foldPacks(packs: readonly Pack[]): PackContents {
  const [first, ...later] = packs;
  if (first === undefined) throw new PackError('no-packs', 'fold: no packs');
  let to = first.to;
  let changes: Change[] = [...packChanges(first)];
  for (const pack of later) {
    if (!sameShape(first, pack)) throw new PackError('wrong-shape', 'fold: packs of different types');
    if (!equalBytes(to, pack.from))
      throw new PackError('broken-chain', 'fold: packs do not follow one another');
    changes = foldChanges(changes, packChanges(pack));
    to = pack.to;
  }
  const { type, keyLength, hasValues, from } = first;
  return { type, keyLength, hasValues, from, to, changes };
}

/**
 * One list of changes in canonical form that does what `first` and then `second`, both in canonical form, do.
 *
 * @throws PackError `contradiction` when no set can undergo both, `unsorted` or `duplicate`
 */
export function foldChanges(first: readonly Change[], second: Iterable<Change>): Change[] {
  const folded: Change[] = [];
  let at = 0;
  let previous: Change | undefined;
  for (const change of second) {
    requireAfter(previous, change);
    previous = change;
    while (at < first.length && compareBytes(first[at]!.key, change.key) < 0) folded.push(first[at++]!);
    const earlier = first[at];
    if (earlier === undefined || !equalBytes(earlier.key, change.key)) folded.push(change);
    else {
      at++;
      folded.push(...foldPair(earlier, change));
    }
  }
  for (; at < first.length; at++) folded.push(first[at]!);
  return folded;
}

/** What two changes of one key in sequence come to: one change or none. */
function foldPair(earlier: Change, later: Change): [] | [Change] {
  const inSet = earlier.op !== 'remove';
  if (inSet === (later.op === 'add'))
    throw new PackError('contradiction', `fold: ${later.op} after ${earlier.op}`);
  if (later.op === 'remove') return earlier.op === 'add' ? [] : [later];
  const { key, metadata } = later;
  return earlier.op === 'add'
    ? [{ op: 'add', key, metadata, value: earlier.value }]
    : [{ op: 'update', key, metadata }];
}
