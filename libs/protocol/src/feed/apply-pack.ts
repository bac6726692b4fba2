import { equalBytes } from './bytes.js';
import { PackError } from './pack-error.js';
import { packChanges, type Pack } from './pack.js';
import type { RecordSet } from './record-set.js';
import { sameShape } from './set-shape.js';

/**
 * The set after a pack; the set given stays as it was, whether the pack applies or not. The pack's bytes must not
 * change while the new set is used.
 *
 * @throws PackError `wrong-shape`, `wrong-base` when the pack applies to another root, `already-present`, `absent`,
 *   `wrong-result` when the set after it has not the root that the pack claims
 */
export function applyPack(set: RecordSet, pack: Pack): RecordSet {
  if (!sameShape(set.shape, pack))
    throw new PackError('wrong-shape', 'apply: set and pack are of different types');
  if (!equalBytes(set.root, pack.from)) throw new PackError('wrong-base', 'apply: the set has another root');
  const after = set.apply(packChanges(pack));
  if (!equalBytes(after.root, pack.to))
    throw new PackError('wrong-result', 'apply: the set after it has another root');
  return after;
}
