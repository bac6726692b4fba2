import { execFile } from 'node:child_process';
import {
  appendFileSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '../platform-error.js';
import { isErrno } from '../process/errno.js';
import { privateDirectory, writeSecretFile } from '../process/secret-file.js';
import { majorVersion, program, type PostgresBinaries } from './binaries.js';
import { launchAs, type ServerIdentity } from './server-identity.js';
import { tuningFile } from './server-settings.js';
import { SUPERUSER } from './superuser-password.js';

/** Programs only read these; nothing of the caller's environment (such as PGPORT) may reach the server. */
export const SERVER_ENVIRONMENT = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

export interface ClusterOptions {
  readonly binaries: PostgresBinaries;
  readonly identity: ServerIdentity;
  /** Holds the cluster (`data/`), its password and its log. */
  readonly directory: string;
  readonly password: string;
}

/**
 * The data directory, made by initdb on first use: UTF-8, locale C (so that text sorts by its bytes), passwords by
 * SCRAM only. It appears under its name when it is complete, so an interrupted first start leaves nothing half made.
 * @throws PlatformError `postgres-init-failed`
 */
export async function ensureCluster(options: ClusterOptions): Promise<string> {
  const data = join(options.directory, 'data');
  if (existsSync(join(data, 'PG_VERSION'))) requireSameMajor(options, data);
  else await createCluster(options, data);
  giveTo(options.identity, data);
  return data;
}

function requireSameMajor({ binaries }: ClusterOptions, data: string): void {
  const found = readFileSync(join(data, 'PG_VERSION'), 'utf8').trim();
  if (found === majorVersion(binaries)) return;
  throw new PlatformError(
    'postgres-init-failed',
    `${data} was made by PostgreSQL ${found}, this release brings ${majorVersion(binaries)}: dump and restore it, or set CAIRN_DATABASE_URL`,
  );
}

async function createCluster(options: ClusterOptions, data: string): Promise<void> {
  const { directory, identity, password } = options;
  const workplace = privateDirectory(join(directory, 'new'));
  rmSync(workplace, { recursive: true });
  const passwordFile = join(privateDirectory(workplace), 'password');
  writeSecretFile(passwordFile, password);
  giveTo(identity, workplace);
  await runInitdb(options, join(workplace, 'data'), passwordFile);
  appendFileSync(join(workplace, 'data', 'postgresql.conf'), tuningFile());
  renameSync(join(workplace, 'data'), data);
  rmSync(workplace, { recursive: true });
}

async function runInitdb(
  { binaries, identity }: ClusterOptions,
  data: string,
  passwordFile: string,
): Promise<void> {
  const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', `--username=${SUPERUSER}`];
  const args = ['-D', data, `--pwfile=${passwordFile}`, ...settings];
  const launch = launchAs(identity, program(binaries, 'initdb'), args);
  try {
    await promisify(execFile)(launch.file, launch.args, {
      ...launch.user,
      env: SERVER_ENVIRONMENT,
      cwd: '/',
    });
  } catch (cause) {
    const { stderr } = cause as { stderr?: string };
    throw new PlatformError('postgres-init-failed', `initdb failed: ${stderr?.trim() || String(cause)}`);
  }
}

/**
 * Hands files to the user the server runs as. A hub that once ran under another identity finds its data again. Files may go away
 * meanwhile: processes of a killed server outlive it by a moment and remove their temporary tables.
 */
function giveTo(identity: ServerIdentity, path: string): void {
  if (process.getuid?.() === 0) giveTree(identity.kind === 'unprivileged' ? identity.uid : 0, path);
}

function giveTree(owner: number, path: string): void {
  try {
    const entry = statSync(path);
    if (entry.uid !== owner) chownSync(path, owner, owner);
    if (!entry.isDirectory()) return;
    for (const child of readdirSync(path, { withFileTypes: true })) {
      if (!child.isSymbolicLink()) giveTree(owner, join(path, child.name));
    }
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
  }
}
