import { compareBytes } from './bytes.js';
import { PackError } from './pack-error.js';
import { MAX_INLINE_VALUE_BYTES } from './record.js';
import { isRemovalReason } from './removal-reason.js';
import type { SetShape } from './set-shape.js';

/** A record that was not in the set. */
export interface AddChange {
  readonly op: 'add';
  readonly key: Uint8Array;
  readonly metadata: Uint8Array;
  /** Empty for a fixed-length type. */
  readonly value: Uint8Array;
}

/** Other metadata for a record of the set; its value cannot change, because the key stands for it. */
export interface UpdateChange {
  readonly op: 'update';
  readonly key: Uint8Array;
  readonly metadata: Uint8Array;
}

/** A record that leaves the set. */
export interface RemoveChange {
  readonly op: 'remove';
  readonly key: Uint8Array;
  /** 1 to 255, see `removalReasonName`. */
  readonly reason: number;
}

/**
 * One change of a set. A list of changes is in canonical form when its keys strictly ascend over all three kinds
 * together: sorted, and no key twice.
 */
export type Change = AddChange | UpdateChange | RemoveChange;

/**
 * The same changes in canonical form.
 *
 * @throws PackError `duplicate` when two are about one key
 */
export function sortChanges<C extends Change>(changes: Iterable<C>): C[] {
  const sorted = [...changes].sort((a, b) => compareBytes(a.key, b.key));
  sorted.forEach((change, at) => requireAfter(sorted[at - 1], change));
  return sorted;
}

/**
 * Refuses a change that cannot follow `previous` in canonical form.
 *
 * @throws PackError `unsorted` or `duplicate`
 */
export function requireAfter(previous: Change | undefined, change: Change): void {
  if (previous === undefined) return;
  const order = compareBytes(previous.key, change.key);
  if (order === 0) throw new PackError('duplicate', 'changes: two are about one key');
  if (order > 0) throw new PackError('unsorted', 'changes: keys do not ascend');
}

/**
 * Refuses a change that no set of that shape can undergo.
 *
 * @throws PackError `bad-key-length`, `bad-value` or `bad-reason`
 */
export function requireFitting(shape: SetShape, change: Change): void {
  if (change.key.length !== shape.keyLength)
    throw new PackError('bad-key-length', 'change: key of another length');
  if (change.op === 'add') requireValueLength(shape, change.value.length);
  if (change.op === 'remove' && !isRemovalReason(change.reason)) {
    throw new PackError('bad-reason', 'change: removal reason is not 1 to 255');
  }
}

function requireValueLength({ hasValues }: SetShape, length: number): void {
  if (!hasValues && length > 0) throw new PackError('bad-value', 'change: a value for a fixed-length type');
  if (hasValues && (length === 0 || length > MAX_INLINE_VALUE_BYTES)) {
    throw new PackError('bad-value', 'change: value is not 1 to 1,024 bytes long');
  }
}
