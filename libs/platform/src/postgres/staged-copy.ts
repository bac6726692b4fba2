import { chmodSync, cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresBinaries } from './binaries.js';
import { restoreLibraryLinks } from './library-links.js';

/**
 * A copy of the programs that every user may read, for when the package lies where the server's user cannot go
 * or where links cannot be restored. Made once for each version; an interrupted copy is made anew.
 */
export function stageBinaries(binaries: PostgresBinaries, directory: string): PostgresBinaries {
  const home = join(directory, `postgresql-${binaries.version}`);
  const staged = { root: join(home, 'native'), version: binaries.version };
  if (existsSync(home)) return staged;
  const unfinished = `${home}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  cpSync(binaries.root, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
  restoreLibraryLinks({ root: join(unfinished, 'native'), version: binaries.version });
  for (const path of [unfinished, join(unfinished, 'native')]) chmodSync(path, 0o755);
  renameSync(unfinished, home);
  return staged;
}
