import { requireInteger } from './integers.js';
import { TlogError } from './tlog-error.js';
import { splitPoint, type LeafRange } from './tree-shape.js';

/**
 * The ranges whose roots make the proof that leaf `index` is in the subtree `range`, leaf side first: PATH of
 * RFC 9162 §2.1.3.1, for a whole tree with `range.start` 0.
 */
export function inclusionRanges(index: number, range: LeafRange): LeafRange[] {
  requireSubtree(range);
  if (requireInteger(index, 'index') < range.start || index >= range.end) {
    throw new TlogError('out_of_range', 'index: must be inside the tree');
  }
  let { start, end } = range;
  const path: LeafRange[] = [];
  while (end - start > 1) {
    const middle = start + splitPoint(end - start);
    path.push(index < middle ? { start: middle, end } : { start, end: middle });
    if (index < middle) end = middle;
    else start = middle;
  }
  return path.reverse();
}

/**
 * The ranges whose roots make the proof that the subtree `range` is part of the tree of `size` leaves,
 * deepest first: SUBPROOF of RFC 9162 §2.1.4.1 when `range` starts at 0, else the subtree consistency proof
 * of draft-ietf-plants-merkle-tree-certs §4.4.
 */
export function consistencyRanges(range: LeafRange, size: number): LeafRange[] {
  requireSubtree(range);
  if (range.end > requireInteger(size, 'size')) {
    throw new TlogError('out_of_range', 'size: must not be smaller than the tree it extends');
  }
  return range.start === range.end ? [] : walkToSubtree(range, size);
}

function walkToSubtree(range: LeafRange, size: number): LeafRange[] {
  let wanted = range;
  let at: LeafRange = { start: 0, end: size };
  const path: LeafRange[] = [];
  while (at.start !== wanted.start || at.end !== wanted.end) {
    const middle = at.start + splitPoint(at.end - at.start);
    const left = { start: at.start, end: middle };
    const right = { start: middle, end: at.end };
    const goesLeft = wanted.end <= middle;
    path.push(goesLeft ? right : left);
    at = goesLeft ? left : right;
    // A subtree cut by the split starts where the tree does: the rest of the walk is about its right part.
    if (!goesLeft && wanted.start < middle) wanted = { start: middle, end: wanted.end };
  }
  // The verifier knows the root of the subtree asked about, not of the part that the walk ended at.
  if (wanted !== range) path.push(at);
  return path.reverse();
}

/**
 * Checks that `range` is a subtree: it starts at 0 or at a multiple of the smallest power of two that can
 * hold it.
 */
export function requireSubtree({ start, end }: LeafRange): void {
  requireInteger(start, 'start');
  requireInteger(end, 'end');
  if (start > end) throw new TlogError('out_of_range', 'start: must not be after the end');
  if (start === end) return;
  const holding = end - start === 1 ? 1 : 2 * splitPoint(end - start);
  if (start % holding !== 0)
    throw new TlogError('out_of_range', 'start: no subtree of the tree starts there');
}
