import { hash } from 'node:crypto';
import type { LogoutToken } from '#libs/keys';
import type { Database, Tx } from '#libs/platform';
import type { IdentityProvider } from './identity-provider.js';

/** What became of a logout that the provider asked for. `rule` is for the log, and holds nothing that was sent. */
export type BackchannelResult =
  | { readonly ok: true; readonly ended: number }
  | { readonly ok: false; readonly code: 'REFUSED' | 'UNAVAILABLE'; readonly rule: string };

const MODEL = 'LogoutToken';

/**
 * Logouts that the identity provider asks for behind the browsers' backs (OpenID Connect Back-Channel Logout 1.0). They end the sessions
 * of a subject, or those that came of one session at the provider; sessions are read from the database at each request, so they
 * end at once in every process.
 */
export class BackchannelLogout {
  constructor(
    private readonly database: Database,
    private readonly provider: IdentityProvider,
  ) {}

  /** @param token `logout_token` as it was sent */
  async end(token: unknown): Promise<BackchannelResult> {
    const verified = await this.provider.verifyLogout(token);
    if (!verified.ok) return verified;
    return this.database.transaction('backchannel-logout', 'system:api', async (tx) => {
      // With the deletions in one transaction: a token whose sessions are still there has not been used.
      if (!(await useOnce(tx, verified.token)))
        return { ok: false, code: 'REFUSED', rule: 'jti must not have been used' };
      return { ok: true, ended: await endSessions(tx, verified.token) };
    });
  }
}

async function useOnce(tx: Tx, { iss, jti, goodFor }: LogoutToken): Promise<boolean> {
  const first = await tx.execute(
    `INSERT INTO cairn.token_state (model, id, payload, expires_at)
      VALUES ($1, $2, $3, now() + make_interval(secs => $4)) ON CONFLICT (model, id) DO NOTHING`,
    [MODEL, hash('sha256', `${iss}\n${jti}`), JSON.stringify({ iss }), goodFor],
  );
  return first > 0;
}

/** Codes that no terminal has fetched yet would become sessions. One of which no `sid` is known may be the one that is meant. */
async function endSessions(tx: Tx, { iss, sub, sid }: LogoutToken): Promise<number> {
  const meant = (table: string): string =>
    `DELETE FROM cairn.${table} s USING cairn.person p
      WHERE p.id = s.person_id AND p.issuer = $1 AND ($2::text IS NULL OR p.subject = $2)
        AND ($3::text IS NULL OR s.sid = $3 OR ($2::text IS NOT NULL AND s.sid IS NULL))`;
  await tx.execute(meant('terminal_code'), [iss, sub, sid]);
  return tx.execute(meant('session'), [iss, sub, sid]);
}
