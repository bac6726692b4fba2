/**
 * Cuts the bytes of entry bundles that follow one another (C2SP tlog-tiles) into entries again, a batch for each chunk. Holds one
 * chunk and one entry at most.
 *
 * @throws EntryStreamError when the bytes end inside an entry
 */
export async function* splitEntries(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let rest: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const entries: Uint8Array[] = [];
    let at = 0;
    for (;;) {
      const end = at + 2 + bytes[at]! * 256 + bytes[at + 1]!;
      // NaN, when not even the length is there, is not within the bytes either.
      if (!(end <= bytes.length)) break;
      entries.push(bytes.subarray(at + 2, end));
      at = end;
    }
    rest = bytes.subarray(at);
    yield entries;
  }
  if (rest.length > 0) throw new EntryStreamError('the entries end inside one');
}

/** Bytes that are no entries. */
export class EntryStreamError extends Error {}
