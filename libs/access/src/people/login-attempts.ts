import { encodeBase64url } from '#libs/keys';
import type { Database } from '#libs/platform';
import { deriveSecret } from '../derived-secret.js';
import { newSecret, readSecret, secretDigest } from './opaque-secret.js';

/** A login must be finished within so many seconds. */
export const ATTEMPT_SECONDS = 600;

/** A terminal that waits for a session: where it listens on the person's machine, and SHA-256 of the verifier it keeps. */
export interface Terminal {
  readonly port: number;
  readonly challenge: string;
}

/** Where a login leads: to a path of the hub, or to a terminal. */
export interface LoginTarget {
  readonly returnPath: string;
  readonly terminal: Terminal | null;
}

/** What a login is held together by. None of it is stored: all follows from the secret in the browser. */
export interface LoginSecrets {
  readonly state: string;
  readonly nonce: string;
  /** PKCE code verifier (RFC 7636 §4.1). */
  readonly verifier: string;
}

/**
 * Logins that have begun. Each belongs to one browser, by a secret in a cookie of which the database knows the digest, and can be
 * finished once: whoever comes back a second time finds nothing.
 */
export class LoginAttempts {
  constructor(private readonly database: Database) {}

  /** @returns the secret for the browser's cookie */
  async begin({ returnPath, terminal }: LoginTarget): Promise<string> {
    const secret = newSecret();
    await this.database.transaction('begin-login', 'system:api', (tx) =>
      tx.execute(
        `INSERT INTO cairn.login_attempt (digest, return_path, terminal_port, terminal_challenge, expires_at)
          VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))`,
        [
          secretDigest(secret),
          returnPath,
          terminal?.port ?? null,
          terminal?.challenge ?? null,
          ATTEMPT_SECONDS,
        ],
      ),
    );
    return secret;
  }

  /** Where the login of a browser leads, once; null when there is none, or it took too long. */
  async finish(secret: string | undefined): Promise<LoginTarget | null> {
    const digest = secretDigest(secret);
    if (digest === null) return null;
    const [row] = await this.database.transaction('finish-login', 'system:api', (tx) =>
      tx.query<{ returnPath: string; port: number | null; challenge: string | null; expired: boolean }>(
        `DELETE FROM cairn.login_attempt WHERE digest = $1
          RETURNING return_path AS "returnPath", terminal_port AS port, terminal_challenge AS challenge,
                    expires_at <= now() AS expired`,
        [digest],
      ),
    );
    if (row === undefined || row.expired) return null;
    const { returnPath, port, challenge } = row;
    return { returnPath, terminal: port === null ? null : { port, challenge: challenge! } };
  }
}

/** State, nonce and verifier of the login that a secret holds together. */
export function loginSecrets(secret: string): LoginSecrets {
  const bytes = readSecret(secret)!;
  const derive = (purpose: string): string =>
    encodeBase64url(deriveSecret(bytes, `cairn/login-${purpose}/v1`));
  return { state: derive('state'), nonce: derive('nonce'), verifier: derive('verifier') };
}
