import type { ErasedLineHash } from '#libs/protocol';

const LINE_BYTES = 36;

/**
 * SQL for the lines of a submission whose bytes are deleted, as one value: `u32 line | 32 bytes leaf hash` for each, by ascending line; null when
 * there is none.
 *
 * @param submission name under which the query knows it
 */
export function blankLines(submission: string): string {
  return `(SELECT string_agg(int4send(g.line) || g.leaf_hash, ''::bytea ORDER BY g.line) FROM cairn.erased_line g
            WHERE g.log_index = ${submission}.log_index AND g.leaf_hash IS NOT NULL)`;
}

/** The lines that `blankLines` gives. */
export function readBlankLines(bytes: Buffer | null): ErasedLineHash[] {
  const lines: ErasedLineHash[] = [];
  if (bytes === null) return lines;
  for (let at = 0; at < bytes.length; at += LINE_BYTES)
    lines.push({ line: bytes.readUInt32BE(at), hash: bytes.subarray(at + 4, at + LINE_BYTES) });
  return lines;
}
