import { requireAfter, requireFitting, type Change } from './change.js';
import { MetadataTable } from './metadata-table.js';
import { PackError } from './pack-error.js';
import { packBytes, type PackTally } from './pack-size.js';
import { PACK_LIMITS, VALUE_LENGTH_BYTES, type PackLimits } from './pack.js';
import { requireShape, type SetShape } from './set-shape.js';

/**
 * Cuts changes in canonical form into parts that each fit one pack, in order and each as long as can be. A part's
 * pack applies to the set after the parts before it.
 *
 * @param limits  bounds of a part's pack, at most those of the format
 * @throws PackError `oversize` when one change alone is above the limits, `unsorted` or `duplicate`,
 *   `bad-key-length`, `bad-value` or `bad-reason` for a change that no such set can undergo
 */
export function* splitChanges(
  shape: SetShape,
  changes: Iterable<Change>,
  limits: PackLimits = PACK_LIMITS,
): Generator<Change[], void, undefined> {
  requireShape(shape);
  let part = new Part(shape);
  let previous: Change | undefined;
  for (const change of changes) {
    requireAfter(previous, change);
    requireFitting(shape, change);
    previous = change;
    if (part.take(change, limits)) continue;
    if (part.changes.length > 0) yield part.changes;
    part = new Part(shape);
    if (!part.take(change, limits))
      throw new PackError('oversize', 'split: one change alone is above the limits');
  }
  if (part.changes.length > 0) yield part.changes;
}

/** Changes on their way into one pack, and its exact size. */
class Part {
  readonly changes: Change[] = [];
  private readonly table = new MetadataTable();
  private readonly tally: PackTally = {
    records: 0,
    removed: 0,
    distinct: 0,
    metadataBytes: 0,
    valueBytes: 0,
  };

  constructor(private readonly shape: SetShape) {}

  /** Takes `change` in, or says that the pack would be above `limits`; then the part must be taken as it was. */
  take(change: Change, limits: PackLimits): boolean {
    this.count(change);
    if (this.changes.length >= limits.changes || packBytes(this.shape, this.tally) > limits.bytes)
      return false;
    this.changes.push(change);
    return true;
  }

  private count(change: Change): void {
    if (change.op === 'remove') {
      this.tally.removed++;
      return;
    }
    this.tally.records++;
    this.table.idOf(change.metadata);
    this.tally.distinct = this.table.distinct;
    this.tally.metadataBytes = this.table.bytes;
    if (change.op === 'add' && this.shape.hasValues)
      this.tally.valueBytes += VALUE_LENGTH_BYTES + change.value.length;
  }
}
