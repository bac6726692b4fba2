import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type pg from 'pg';
import { z } from 'zod';
import { PlatformError } from '../platform-error.js';
import { readSecretFile, writeSecretFile } from '../process/secret-file.js';
import { withClient } from './client.js';
import { withLogin } from './connection.js';
import { concurrently, LOGIN_ROLES, type LoginRole } from './roles.js';

const PASSWORD = z.string().regex(/^[\w-]{32,128}$/);
const SECRETS = z.strictObject({ cairn_api: PASSWORD, cairn_worker: PASSWORD });

export interface RoleSecrets {
  readonly passwords: Readonly<Record<LoginRole, string>>;
  /** Made now, so no server knows them yet. */
  readonly fresh: boolean;
}

/**
 * The passwords of the login roles, made at random on first use and kept in a file only this user may read.
 * @throws PlatformError `database-secrets-unreadable`
 */
export function roleSecrets(file: string): RoleSecrets {
  const text = readSecretFile(file);
  if (text !== undefined) return parseSecrets(file, text);
  const passwords = { cairn_api: randomPassword(), cairn_worker: randomPassword() };
  writeSecretFile(file, `${JSON.stringify(passwords, null, 2)}\n`);
  return { passwords, fresh: true };
}

/** Makes both logins work with their passwords and returns their URLs. A login that already works is left alone. */
export async function ensureLogins(
  adminUrl: string,
  admin: pg.Client,
  { passwords, fresh }: RoleSecrets,
): Promise<Record<LoginRole, string>> {
  const urls = { cairn_api: '', cairn_worker: '' };
  for (const role of LOGIN_ROLES) {
    urls[role] = withLogin(adminUrl, role, passwords[role]);
    if (!fresh && (await canLogIn(urls[role]))) continue;
    // The verifier instead of the password, which must not stand in the server's log (RFC 5802 section 3).
    await concurrently(() =>
      admin.query(`ALTER ROLE ${role} LOGIN PASSWORD '${scramVerifier(passwords[role])}'`),
    );
    await withClient(urls[role], {}, () => Promise.resolve());
  }
  return urls;
}

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` as PostgreSQL stores it (RFC 5802, RFC 7677). */
export function scramVerifier(password: string, salt = randomBytes(16), iterations = 4096): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

async function canLogIn(url: string): Promise<boolean> {
  return withClient(url, {}, () => Promise.resolve(true)).catch(() => false);
}

function parseSecrets(file: string, text: string): RoleSecrets {
  try {
    return { passwords: SECRETS.parse(JSON.parse(text)), fresh: false };
  } catch {
    // No cause: a parser's message quotes what it read.
    throw new PlatformError(
      'database-secrets-unreadable',
      `${file} must hold the passwords of ${LOGIN_ROLES.join(' and ')}`,
    );
  }
}

function randomPassword(): string {
  return randomBytes(32).toString('base64url');
}
