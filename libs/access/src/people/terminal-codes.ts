import { createHash, timingSafeEqual } from 'node:crypto';
import { decodeBase64url } from '#libs/keys';
import type { Database } from '#libs/platform';
import type { Terminal } from './login-attempts.js';
import { newSecret, secretDigest } from './opaque-secret.js';
import type { ProviderSession } from './sessions.js';

/** A code must be exchanged within so many seconds. */
export const TERMINAL_CODE_SECONDS = 60;

const CHALLENGE = /^[\w-]{43}$/;
const VERIFIER = /^[\w.~-]{43,128}$/;

/**
 * One-time codes that a browser carries to a terminal on the same machine (RFC 8252 §7.3). A code is worth nothing without the verifier
 * that never left the terminal (RFC 7636), and nothing after the first try.
 */
export class TerminalCodes {
  constructor(private readonly database: Database) {}

  async issue(person: number, { challenge }: Terminal, { sid, acr }: ProviderSession): Promise<string> {
    const code = newSecret();
    await this.database.transaction('issue-terminal-code', `person:${person}`, (tx) =>
      tx.execute(
        `INSERT INTO cairn.terminal_code (digest, person_id, challenge, expires_at, sid, acr)
          VALUES ($1, $2, $3, now() + make_interval(secs => $4), $5, $6)`,
        [secretDigest(code), person, challenge, TERMINAL_CODE_SECONDS, sid, acr],
      ),
    );
    return code;
  }

  /** Spends a code, whether the verifier is right or not; @returns who it was given to, or null */
  async spend(code: unknown, verifier: unknown): Promise<({ person: number } & ProviderSession) | null> {
    const digest = typeof code === 'string' ? secretDigest(code) : null;
    if (digest === null) return null;
    const [row] = await this.database.transaction('spend-terminal-code', 'system:api', (tx) =>
      tx.query<{ person: number; challenge: string; expired: boolean } & ProviderSession>(
        `DELETE FROM cairn.terminal_code WHERE digest = $1
          RETURNING person_id AS person, challenge, sid, acr, expires_at <= now() AS expired`,
        [digest],
      ),
    );
    if (row === undefined || row.expired) return null;
    const { person, sid, acr } = row;
    return isAnswer(row.challenge, verifier) ? { person, sid, acr } : null;
  }
}

/**
 * Reads what a terminal asks for in the address of the login page.
 *
 * @returns null when no terminal asks, `'invalid'` when one asks in a wrong way
 */
export function readTerminal(port: unknown, challenge: unknown): Terminal | null | 'invalid' {
  if (port === undefined && challenge === undefined) return null;
  if (typeof port !== 'string' || !/^\d{4,5}$/.test(port)) return 'invalid';
  if (typeof challenge !== 'string' || !CHALLENGE.test(challenge)) return 'invalid';
  const number = Number(port);
  return number >= 1024 && number <= 65_535 ? { port: number, challenge } : 'invalid';
}

/** Where a terminal listens: the address is built here, so that a code can go to this machine alone. */
export function terminalUrl({ port }: Terminal, code: string): string {
  return `http://127.0.0.1:${port}/callback?code=${code}`;
}

function isAnswer(challenge: string, verifier: unknown): boolean {
  if (typeof verifier !== 'string' || !VERIFIER.test(verifier)) return false;
  const expected = decodeBase64url(challenge);
  const shown = createHash('sha256').update(verifier).digest();
  return expected !== null && expected.length === shown.length && timingSafeEqual(expected, shown);
}
