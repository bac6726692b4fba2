import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A list of hashes of one type, in a file as `cairn submit` takes it. */
export interface HashList {
  type: string;
  file: string;
}

const ALGORITHMS = ['md5', 'sha1', 'sha256'] as const;
const LEFT_OUT = new Set(['node_modules', 'dist', 'coverage']);

/** Hashes the files of a checkout and writes one list per type; `pdqFile` adds a list of PDQ hashes. */
export function listCheckout(checkout: string, directory: string, pdqFile?: string): HashList[] {
  mkdirSync(directory, { recursive: true });
  const contents = filesOf(checkout).map((file) => readFileSync(file));
  const lists = ALGORITHMS.map((type): HashList => {
    const hashes = new Set(contents.map((content) => createHash(type).update(content).digest('hex')));
    const file = join(directory, `${type}.txt`);
    writeFileSync(file, `${[...hashes].join('\n')}\n`);
    return { type, file };
  });
  if (pdqFile === undefined) return lists;
  const file = join(directory, 'pdq.txt');
  copyFileSync(pdqFile, file);
  return [...lists, { type: 'pdq', file }];
}

function filesOf(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    // Dot-folders hold git's objects and the demo's own files.
    if (LEFT_OUT.has(entry.name) || entry.name.startsWith('.')) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return filesOf(path);
    return entry.isFile() ? [path] : [];
  });
}
