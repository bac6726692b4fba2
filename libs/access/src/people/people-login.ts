import { findPerson, recordLogin } from '#libs/membership';
import type { Database } from '#libs/platform';
import type { IdentityProvider } from './identity-provider.js';
import { LoginAttempts, loginSecrets, type Terminal } from './login-attempts.js';
import { returnPath } from './return-path.js';
import { isStrongEnough, Sessions } from './sessions.js';
import { TerminalCodes, terminalUrl } from './terminal-codes.js';

/** Paths below the hub's public URL. */
export const LOGIN_PATH = '/login';
export const CALLBACK_PATH = '/login/callback';
export const TERMINAL_PATH = '/login/terminal';
export const LOGOUT_PATH = '/logout';
export const AFTER_LOGOUT = '/logout/done';
export const BACKCHANNEL_PATH = '/login/backchannel';

/** A login that has begun: where the browser goes, and what it keeps in its cookie until it comes back. */
export interface BegunLogin {
  readonly url: string;
  readonly secret: string;
}

/** A login that came back. `session` is null when it was for a terminal. `reason` is for the log. */
export type FinishedLogin =
  | { readonly ok: true; readonly url: string; readonly session: string | null }
  | { readonly ok: false; readonly code: LoginRefusal; readonly reason: string };

/** `TOO_WEAK`: the person is staff, and the login was not of a kind that is enough for staff. */
export type LoginRefusal = 'REFUSED' | 'UNAVAILABLE' | 'DISABLED' | 'TOO_WEAK';

export interface PeopleLoginOptions {
  readonly database: Database;
  readonly provider: IdentityProvider;
  /** Base URL of the hub. */
  readonly publicUrl: string;
  readonly sessions: Sessions;
  /** Values of `acr` of which a login of staff must have one; none means any. */
  readonly acrs: readonly string[];
}

/** How people get sessions: by an OpenID Connect provider, in a browser, for that browser or for a terminal beside it. */
export class PeopleLogin {
  private readonly attempts: LoginAttempts;
  private readonly codes: TerminalCodes;
  private readonly sessions: Sessions;

  constructor(private readonly options: PeopleLoginOptions) {
    this.attempts = new LoginAttempts(options.database);
    this.codes = new TerminalCodes(options.database);
    this.sessions = options.sessions;
  }

  /**
   * Begins a login.
   *
   * @param wanted path of the hub to go to afterwards
   * @returns null when the identity provider cannot be reached
   */
  async begin(wanted: unknown, terminal: Terminal | null): Promise<BegunLogin | null> {
    const { provider, publicUrl } = this.options;
    const target = { returnPath: returnPath(wanted, publicUrl), terminal };
    const secret = await this.attempts.begin(target);
    const url = await provider.authorizationUrl(loginSecrets(secret));
    return url === null ? null : { url, secret };
  }

  /**
   * Finishes a login. Whatever comes of it, the browser's secret is spent.
   *
   * @param secret of the browser's login cookie
   * @param query of the address that it was sent back to
   * @param session that the browser had before: it ends
   */
  async finish(
    secret: string | undefined,
    query: string,
    session: string | undefined,
  ): Promise<FinishedLogin> {
    const target = await this.attempts.finish(secret);
    if (target === null || secret === undefined) return { ok: false, code: 'REFUSED', reason: 'attempt' };
    const identified = await this.options.provider.identify(query, loginSecrets(secret));
    if (!identified.ok) return identified;
    const { profile, login } = identified;
    const person = await this.options.database.transaction('record-login', 'system:api', async (tx) => {
      const recorded = await recordLogin(tx, profile);
      return recorded && findPerson(tx, recorded.id);
    });
    if (person === null) return DISABLED;
    if (!isStrongEnough(person, login.acr, this.options.acrs)) return TOO_WEAK;
    const { terminal } = target;
    if (terminal !== null) {
      const code = await this.codes.issue(person.id, terminal, login);
      return { ok: true, url: terminalUrl(terminal, code), session: null };
    }
    const begun = await this.sessions.begin(person.id, 'browser', login, session);
    return begun === null ? DISABLED : { ok: true, url: target.returnPath, session: begun };
  }

  /** The session that a terminal gets for its code, or null. */
  async exchange(code: unknown, verifier: unknown): Promise<string | null> {
    const spent = await this.codes.spend(code, verifier);
    return spent === null ? null : this.sessions.begin(spent.person, 'terminal', spent);
  }
}

const TOO_WEAK = { ok: false, code: 'TOO_WEAK', reason: 'acr' } as const;
const DISABLED = { ok: false, code: 'DISABLED', reason: 'disabled' } as const;
