import { BUCKET_COUNT } from './bucket.js';
import { compareBytes, equalBytes } from './bytes.js';
import { sortChanges, type Change } from './change.js';
import { PackError } from './pack-error.js';
import type { SetRecord } from './record.js';
import type { RecordSet } from './record-set.js';
import { sameShape } from './set-shape.js';

/**
 * The changes, in canonical form, that lead from one set to another. Equal records give none.
 *
 * @param reasonFor  says why a record of `before` is not in `after`: a set does not remember
 * @throws PackError `wrong-shape` when the sets are of different types
 */
export function diffSets(
  before: RecordSet,
  after: RecordSet,
  reasonFor: (record: SetRecord) => number,
): Change[] {
  if (!sameShape(before.shape, after.shape))
    throw new PackError('wrong-shape', 'diff: sets of different types');
  const changes: Change[] = [];
  for (let bucket = 0; bucket < BUCKET_COUNT; bucket++) {
    const old = before.bucket(bucket);
    const now = after.bucket(bucket);
    if (old !== now) diffBucket(old, now, reasonFor, changes);
  }
  return sortChanges(changes);
}

function diffBucket(
  old: readonly SetRecord[],
  now: readonly SetRecord[],
  reasonFor: (record: SetRecord) => number,
  changes: Change[],
): void {
  let at = 0;
  for (const record of now) {
    while (at < old.length && compareBytes(old[at]!.key, record.key) < 0)
      changes.push(removal(old[at++]!, reasonFor));
    const former = old[at];
    if (former === undefined || !equalBytes(former.key, record.key)) changes.push({ op: 'add', ...record });
    else {
      at++;
      if (!equalBytes(former.metadata, record.metadata)) changes.push(update(record));
    }
  }
  for (const record of old.slice(at)) changes.push(removal(record, reasonFor));
}

function removal(record: SetRecord, reasonFor: (record: SetRecord) => number): Change {
  return { op: 'remove', key: record.key, reason: reasonFor(record) };
}

function update({ key, metadata }: SetRecord): Change {
  return { op: 'update', key, metadata };
}
