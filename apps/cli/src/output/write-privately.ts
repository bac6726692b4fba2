import { rename, writeFile } from 'node:fs/promises';

/** Writes a file for its owner alone, whole or not at all: one that is cut off would look like one that was tampered with. */
export async function writePrivately(path: string, bytes: Uint8Array): Promise<void> {
  const draft = `${path}.new`;
  await writeFile(draft, bytes, { mode: 0o600 });
  await rename(draft, path);
}
