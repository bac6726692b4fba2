import { findPerson, type PersonStanding } from '#libs/membership';
import type { Database } from '#libs/platform';
import { newSecret, secretDigest } from './opaque-secret.js';

/** Where a session is kept. One of a browser is good as a cookie alone, one of a terminal as a header alone. */
export type SessionPlace = 'browser' | 'terminal';

/** How somebody logged in, as the identity provider says. */
export interface ProviderSession {
  /** Id of the session at the provider (OpenID Connect Back-Channel Logout 1.0 §2.1), if it tells one. */
  readonly sid: string | null;
  /** Authentication context class reference (OpenID Connect Core §2), if it tells one. */
  readonly acr: string | null;
}

/** A session ends after so many minutes without a request. Use is noted once a minute, so it can end up to a minute earlier. */
export const IDLE_MINUTES = 15;

/** A session ends so many hours after the login, whatever happens. */
export const SESSION_HOURS = 12;

/**
 * Sessions of people, in the database: every process of the hub sees the same ones, and one that was ended or whose person was disabled
 * is gone at the next request everywhere. An identifier is stored as its SHA-256 alone.
 */
export class Sessions {
  /** @param acrs one of these must have been the `acr` of a login for a session of staff; none means any */
  constructor(
    private readonly database: Database,
    private readonly acrs: readonly string[] = [],
  ) {}

  /**
   * Begins a session with a new identifier. The one that the same browser had before ends.
   *
   * @returns the identifier; null for a person who is disabled
   */
  async begin(
    person: number,
    place: SessionPlace,
    { sid, acr }: ProviderSession,
    replaced?: string,
  ): Promise<string | null> {
    const secret = newSecret();
    const begun = await this.database.transaction('begin-session', `person:${person}`, async (tx) => {
      await tx.execute('DELETE FROM cairn.session WHERE digest = $1', [secretDigest(replaced)]);
      // The row of the person is locked until we are done, so that a disablement comes before the session or ends it.
      return tx.execute(
        `INSERT INTO cairn.session (digest, person_id, place, ends_at, sid, acr)
          SELECT $1, id, $3, now() + make_interval(hours => $4), $5, $6 FROM cairn.person
           WHERE id = $2 AND NOT disabled FOR NO KEY UPDATE`,
        [secretDigest(secret), person, place, SESSION_HOURS, sid, acr],
      );
    });
    return begun === 0 ? null : secret;
  }

  /** The person whose session it is, as it stands now; null when the session is not, or no longer, good. */
  async find(secret: string | undefined, place: SessionPlace): Promise<PersonStanding | null> {
    const digest = secretDigest(secret);
    if (digest === null) return null;
    const found = await this.database.read('find-session', 'system:api', async (tx) => {
      const [session] = await tx.query<{ personId: number; acr: string | null; stale: boolean }>(
        `SELECT person_id AS "personId", acr, used_at < now() - interval '1 minute' AS stale FROM cairn.session
          WHERE digest = $1 AND place = $2 AND ends_at > now() AND used_at > now() - make_interval(mins => $3)`,
        [digest, place, IDLE_MINUTES],
      );
      if (session === undefined) return null;
      const { stale, acr } = session;
      return { stale, acr, person: await findPerson(tx, session.personId) };
    });
    const person = found?.person ?? null;
    if (person === null || person.disabled) return null;
    // Also for who became staff after a login that was good enough before.
    if (!isStrongEnough(person, found!.acr, this.acrs)) return null;
    if (found?.stale === true) await this.touch(digest);
    return person;
  }

  /** Ends a session; one that is not there is well. */
  async end(secret: string | undefined): Promise<void> {
    const digest = secretDigest(secret);
    if (digest === null) return;
    await this.database.transaction('end-session', 'system:api', (tx) =>
      tx.execute('DELETE FROM cairn.session WHERE digest = $1', [digest]),
    );
  }

  private async touch(digest: Buffer): Promise<void> {
    await this.database.transaction('touch-session', 'system:api', (tx) =>
      tx.execute('UPDATE cairn.session SET used_at = now() WHERE digest = $1', [digest]),
    );
  }
}

/** Whether a login with this `acr` is enough for what the person is. `acrs` are enough for staff; when there are none, anything is. */
export function isStrongEnough(
  { roles }: Pick<PersonStanding, 'roles'>,
  acr: string | null,
  acrs: readonly string[],
): boolean {
  return roles.length === 0 || acrs.length === 0 || (acr !== null && acrs.includes(acr));
}

/** Deletes what has run out: sessions, logins that nobody finished, codes that no terminal fetched. For the worker's sweeper. */
export async function forgetEndedSessions(database: Database): Promise<void> {
  await database.transaction('forget-sessions', 'system:worker', async (tx) => {
    await tx.execute(
      `DELETE FROM cairn.session WHERE ends_at < now() OR used_at < now() - make_interval(mins => $1)`,
      [IDLE_MINUTES],
    );
    await tx.execute('DELETE FROM cairn.login_attempt WHERE expires_at < now()');
    await tx.execute('DELETE FROM cairn.terminal_code WHERE expires_at < now()');
  });
}
