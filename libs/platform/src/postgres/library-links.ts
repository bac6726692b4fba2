import { lstatSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { isErrno } from '../process/errno.js';
import type { PostgresBinaries } from './binaries.js';

const LINKS = z.array(z.object({ source: z.string(), target: z.string() }));

/**
 * Restores the links between libraries that a package archive cannot hold and that its install script would make:
 * npm asks for approval before it runs one, and `--ignore-scripts` never does.
 * @returns false when links are missing and the package may not be written to
 */
export function restoreLibraryLinks(binaries: PostgresBinaries): boolean {
  const packageRoot = resolve(binaries.root, '..');
  const list = LINKS.parse(JSON.parse(readFileSync(join(binaries.root, 'pg-symlinks.json'), 'utf8')));
  try {
    for (const { source, target } of list) restore(join(packageRoot, source), join(packageRoot, target));
    return true;
  } catch (error) {
    if (isErrno(error, 'EACCES', 'EPERM', 'EROFS')) return false;
    throw error;
  }
}

function restore(source: string, link: string): void {
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) return;
  try {
    symlinkSync(relative(dirname(link), source), link);
  } catch (error) {
    // Another process of this machine restores the same links at the same time.
    if (!isErrno(error, 'EEXIST')) throw error;
  }
}
