/** Order of record keys: bytewise. Both have the same length. */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return compareKeyAt(a, 0, b);
}

/** The same for a key that stands in a column at an offset, without making a view of it: most keys differ in their first bytes. */
export function compareKeyAt(column: Uint8Array, offset: number, key: Uint8Array): number {
  for (let i = 0; i < key.length; i++) {
    const difference = column[offset + i]! - key[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}
