import type { EntryDraft } from '#libs/client';
import { withDefaults, type EntryDefaults } from './entry-defaults.js';
import { inputLines, invalid } from './input-lines.js';

/** A plain list: one value a line; blank lines and lines that begin with # are passed over. */
export async function* plainEntries(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  defaults: EntryDefaults,
): AsyncGenerator<EntryDraft, void, undefined> {
  for await (const { number, text } of inputLines(name, chunks)) {
    const value = text.trim();
    if (value === '' || value.startsWith('#')) continue;
    if (/[,;{]/.test(value)) {
      throw invalid(name, number, 'holds more than a value; if this is CSV or NDJSON, say so with --format');
    }
    yield withDefaults({ value, place: { source: name, line: number } }, defaults);
  }
}
