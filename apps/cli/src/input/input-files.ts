import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { ClientError, type EntryDraft } from '#libs/client';
import { csvEntries } from './csv-input.js';
import type { EntryDefaults } from './entry-defaults.js';
import { ndjsonEntries } from './ndjson-input.js';
import { plainEntries } from './plain-input.js';

/** How a file says its entries. */
export const INPUT_FORMATS = ['plain', 'csv', 'ndjson'] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** A file to submit. */
export interface InputFile {
  readonly path: string;
  readonly format: InputFormat;
  /** SHA-256 of its bytes, hex. */
  readonly digest: string;
}

const READERS = { plain: plainEntries, csv: csvEntries, ndjson: ndjsonEntries } as const;

/**
 * Finds out what is to be read.
 *
 * @param format  of all files; by default each file's name tells: `.csv`, `.ndjson` or `.jsonl`, all others plain
 * @throws ClientError `INPUT_UNREADABLE`
 */
export async function inspectFiles(paths: readonly string[], format?: InputFormat): Promise<InputFile[]> {
  const files: InputFile[] = [];
  for (const path of paths) {
    const digest = createHash('sha256');
    for await (const chunk of chunksOf(path)) digest.update(chunk);
    files.push({ path, format: format ?? formatOf(path), digest: digest.digest('hex') });
  }
  return files;
}

/**
 * The entries of files, one file after the other.
 *
 * @throws ClientError `INPUT_INVALID`, `INPUT_UNREADABLE`, `INPUT_CHANGED` when a file is not the one that was inspected
 */
export async function* fileEntries(
  files: readonly InputFile[],
  defaults: EntryDefaults,
): AsyncGenerator<EntryDraft, void, undefined> {
  for (const { path, format, digest } of files) {
    const check = createHash('sha256');
    yield* READERS[format](path, observed(chunksOf(path), check), defaults);
    if (check.digest('hex') !== digest) {
      throw new ClientError('INPUT_CHANGED', path, 'changed while it was read; nothing was sent');
    }
  }
}

function formatOf(path: string): InputFormat {
  if (/\.csv$/i.test(path)) return 'csv';
  return /\.(ndjson|jsonl)$/i.test(path) ? 'ndjson' : 'plain';
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 256 * 1024 }))
      yield chunk as Uint8Array;
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new ClientError('INPUT_UNREADABLE', path, `cannot be read (${code})`, { cause });
  }
}

async function* observed(
  chunks: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const chunk of chunks) {
    digest.update(chunk);
    yield chunk;
  }
}
