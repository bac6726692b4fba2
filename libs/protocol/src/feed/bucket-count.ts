/**
 * The count that a record shows for `n`: 0 to 3 exactly, above that the greatest power of two not above `n`. Exact
 * counts would tell every member of each single supporter who joins.
 */
export function bucketCount(n: number): number {
  if (n <= 3) return n;
  let power = 4;
  while (power * 2 <= n) power *= 2;
  return power;
}
