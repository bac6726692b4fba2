/** The candidate with the least edit distance from a name; the first of equals. */
export function nearest(name: string, candidates: readonly string[]): string {
  const distances = candidates.map((candidate) => editDistance(name, candidate));
  return candidates[distances.indexOf(Math.min(...distances))] ?? '';
}

/** Levenshtein distance, one row at a time. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const substitute = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
