import { compareAt } from './bytes.js';
import { PackError } from './pack-error.js';
import type { KeyColumn } from './pack.js';

/**
 * Refuses a column whose keys do not strictly ascend.
 *
 * @throws PackError `unsorted` or `duplicate`
 */
export function requireStrictlyAscending(
  { count, keys }: KeyColumn,
  keyLength: number,
  section: string,
): void {
  for (let at = 1; at < count; at++) {
    const order = compareAt(keys, (at - 1) * keyLength, keys, at * keyLength, keyLength);
    if (order === 0) throw new PackError('duplicate', `pack: ${section} key ${at} stands twice`);
    if (order > 0) throw new PackError('unsorted', `pack: ${section} key ${at} is not above the one before`);
  }
}

/**
 * Refuses two ascending columns that share a key.
 *
 * @throws PackError `overlap`
 */
export function requireDisjoint(a: KeyColumn, b: KeyColumn, keyLength: number, sections: string): void {
  let i = 0;
  let j = 0;
  while (i < a.count && j < b.count) {
    const order = compareAt(a.keys, i * keyLength, b.keys, j * keyLength, keyLength);
    if (order === 0) throw new PackError('overlap', `pack: ${sections} share a key`);
    if (order < 0) i++;
    else j++;
  }
}
