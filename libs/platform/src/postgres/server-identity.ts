import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PlatformError } from '../platform-error.js';

/**
 * As whom the server runs, for it refuses to be root:
 * - `direct`: as this user, who is not root;
 * - `namespace`: in a user namespace, where this user bears another number; files stay this user's;
 * - `unprivileged`: as `nobody`, with programs and data given to that user.
 */
export type ServerIdentity =
  | { readonly kind: 'direct' }
  | { readonly kind: 'namespace'; readonly uid: number }
  | { readonly kind: 'unprivileged'; readonly uid: number };

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** Options of `spawn`. */
  readonly user: { readonly uid?: number; readonly gid?: number };
}

const NOBODY = 65_534;

/** The first identity that works here. initdb looks its user up in the password database, so the number must be listed there. */
export function chooseServerIdentity(userId = process.getuid?.() ?? 0): ServerIdentity {
  const listed = listedUsers();
  if (userId !== 0 && listed.includes(userId)) return { kind: 'direct' };
  const uid = listed.includes(NOBODY) ? NOBODY : (listed.find((id) => id !== 0) ?? NOBODY);
  if (canMapUser(uid)) return { kind: 'namespace', uid };
  return userId === 0 ? { kind: 'unprivileged', uid: NOBODY } : { kind: 'direct' };
}

/** How to start a program under an identity. */
export function launchAs(identity: ServerIdentity, file: string, args: readonly string[]): Launch {
  switch (identity.kind) {
    case 'direct':
      return { file, args, user: {} };
    case 'namespace':
      return { file: 'unshare', args: [...mapUser(identity.uid), file, ...args], user: {} };
    case 'unprivileged':
      return { file, args, user: { uid: identity.uid, gid: identity.uid } };
  }
}

/**
 * Makes sure that an unprivileged server can walk down to its directory.
 * @throws PlatformError `postgres-not-permitted`, naming the directory that stands in the way
 */
export function requireReachable(identity: ServerIdentity, directory: string): void {
  if (identity.kind !== 'unprivileged') return;
  const closed = ancestors(directory).find((path) => !isOpenTo(path, identity.uid));
  if (closed === undefined) return;
  throw new PlatformError(
    'postgres-not-permitted',
    `PostgreSQL cannot run as root, user namespaces are not allowed here, and user ${identity.uid} cannot enter ${closed}: ` +
      'set CAIRN_DATA_DIR to a directory open to all users (such as /var/lib/cairn), or start the hub as an ordinary user',
  );
}

function mapUser(uid: number): string[] {
  return ['--user', `--map-user=${uid}`, `--map-group=${uid}`];
}

function canMapUser(uid: number): boolean {
  return process.platform === 'linux' && spawnSync('unshare', [...mapUser(uid), 'true']).status === 0;
}

function listedUsers(): number[] {
  // On macOS the directory service knows users whom the file does not list.
  if (process.platform !== 'linux') return [process.getuid?.() ?? 0, NOBODY];
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.map((line) => Number.parseInt(line.split(':')[2] ?? '', 10)).filter(Number.isInteger);
}

function ancestors(directory: string): string[] {
  const parent = dirname(directory);
  return parent === directory ? [directory] : [...ancestors(parent), directory];
}

function isOpenTo(path: string, uid: number): boolean {
  const entry = statSync(path, { throwIfNoEntry: false });
  if (entry === undefined) return true;
  if (entry.uid === uid) return (entry.mode & 0o100) !== 0;
  return (entry.mode & (entry.gid === uid ? 0o010 : 0o001)) !== 0;
}
