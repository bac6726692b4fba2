import { readSecretFile, writeSecretFile } from '../process/secret-file.js';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/** The embedded server's superuser, known to the supervisor alone. */
export const SUPERUSER = 'postgres';

/** The superuser's password, made at random on first use and kept in a file only this user may read. */
export function superuserPassword(directory: string): string {
  const file = join(directory, 'superuser-password');
  const known = readSecretFile(file);
  if (known !== undefined) return known;
  const password = randomBytes(32).toString('base64url');
  writeSecretFile(file, password);
  return password;
}
