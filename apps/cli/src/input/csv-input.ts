import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { ClientError, type EntryDraft } from '#libs/client';
import { withDefaults, type EntryDefaults } from './entry-defaults.js';
import { invalid } from './input-lines.js';

const COLUMNS = ['value', 'type', 'op', 'labels', 'quality', 'expires', 'legalBasis', 'media', 'reason'];

type Row = Readonly<Record<string, string | undefined>>;

/**
 * CSV (RFC 4180) with a header: a column `value` and optionally type, op, labels (separated by `;`), quality, expires,
 * legalBasis, media, reason. Empty cells say nothing.
 */
export async function* csvEntries(
  name: string,
  chunks: AsyncIterable<Uint8Array>,
  defaults: EntryDefaults,
): AsyncGenerator<EntryDraft, void, undefined> {
  const parser = pipeline(
    Readable.from(chunks),
    parse({
      bom: true,
      trim: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: 64 * 1024,
      columns: (header: string[]) => columnsOf(name, header),
    }),
    // Whoever reads the entries hears of what went wrong.
    () => undefined,
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Row; info: { lines: number } }>) {
      yield withDefaults(draftOf(name, info.lines, record), defaults);
    }
  } catch (error) {
    throw error instanceof CsvError ? readable(name, error) : error;
  }
}

function columnsOf(name: string, header: readonly string[]): string[] {
  const known = new Map(COLUMNS.map((column) => [column.toLowerCase(), column]));
  return header.map((title, i) => {
    const column = known.get(title.toLowerCase());
    if (column !== undefined) return column;
    // Not repeated: in a file without a header the first line is data.
    throw invalid(
      name,
      1,
      `column ${i + 1} is not known; the first line must be a header with the column value, and may have ${COLUMNS.slice(1).join(', ')}`,
    );
  });
}

function draftOf(name: string, line: number, row: Row): Omit<EntryDraft, 'type'> & { type?: string } {
  const { value, labels, quality, ...others } = row;
  if (value === undefined || value === '') throw invalid(name, line, 'value: is missing');
  const texts = Object.entries(others).filter(([, text]) => text !== undefined && text !== '');
  return {
    value,
    ...(Object.fromEntries(texts) as Partial<EntryDraft>),
    ...(labels ? { labels: labels.split(';').map((label) => label.trim()) } : {}),
    ...(quality ? { quality: Number(quality) } : {}),
    place: { source: name, line },
  };
}

/** The parser's own messages quote the cell at fault, so only their place and kind are said. */
function readable(name: string, error: CsvError): ClientError {
  const line = Number((error as unknown as { lines?: number }).lines ?? 1);
  const rule =
    error.code === 'CSV_RECORD_INCONSISTENT_COLUMNS' || error.code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH'
      ? 'has not as many cells as the header'
      : `is not CSV (${error.code})`;
  return invalid(name, line, rule, error);
}
