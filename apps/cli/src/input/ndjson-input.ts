import type { EntryDraft } from '#libs/client';
import { isJsonObject, parseStrictJson, StrictJsonError, type JsonValue } from '#libs/protocol';
import { withDefaults, type EntryDefaults } from './entry-defaults.js';
import { inputLines, invalid } from './input-lines.js';

/** NDJSON: one entry a line, as the protocol writes it but without its salt, which is added. */
export async function* ndjsonEntries(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  defaults: EntryDefaults,
): AsyncGenerator<EntryDraft, void, undefined> {
  for await (const { number, text } of inputLines(name, chunks)) {
    if (text.trim() === '') continue;
    const value = parse(name, number, text);
    if (!isJsonObject(value)) throw invalid(name, number, 'must be a JSON object');
    if (Object.hasOwn(value, 'salt')) throw invalid(name, number, 'salt: must not be given, it is added');
    if (Object.hasOwn(value, 'place')) throw invalid(name, number, 'place: is not a known field');
    // What the members are is checked with the entry, by the rules of the protocol.
    const draft = value as unknown as EntryDraft;
    yield withDefaults({ ...draft, place: { source: name, line: number } }, defaults);
  }
}

function parse(name: string, number: number, text: string): JsonValue {
  try {
    return parseStrictJson(text);
  } catch (cause) {
    if (cause instanceof StrictJsonError) throw invalid(name, number, cause.message, cause);
    throw cause;
  }
}
