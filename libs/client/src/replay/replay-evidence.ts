import { hash } from 'node:crypto';
import { join } from 'node:path';
import { durableFiles, writeDurably } from '../files/durable-files.js';
import type { Difference } from './difference.js';
import type { KeptHead } from './replay-target.js';

/**
 * Keeps the signed heads under which differences were found, and the differences without values, in `<directory>/evidence`, named by both.
 *
 * @returns where they are; null when there is no difference
 */
export async function keepReplayEvidence(
  directory: string,
  heads: readonly KeptHead[],
  differences: readonly Difference[],
): Promise<string | null> {
  if (differences.length === 0) return null;
  const report = `${JSON.stringify(differences.map(withoutValue), null, 1)}\n`;
  const name = hash('sha256', heads.map(({ note }) => note).join('') + report, 'hex').slice(0, 16);
  const path = join(directory, 'evidence', `replay-${name}`);
  await durableFiles.makeDirectory(path);
  await writeDurably(durableFiles, join(path, 'differences.json'), report);
  for (const { origin, note } of heads) {
    await writeDurably(durableFiles, join(path, `${origin.replaceAll(/[^a-z0-9.-]/g, '_')}.note`), note);
  }
  await durableFiles.syncDirectory(path);
  return path;
}

/** A difference as it may be kept and shown by default: a record key can be the value itself. */
export function withoutValue({
  kind,
  feed,
  round,
  type,
  index,
  line,
  detail,
}: Difference): Omit<Difference, 'key'> {
  return { kind, feed, round, type, index, line, detail };
}
