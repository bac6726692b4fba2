import { readCookie, type Caller, type CookieProfile, type Sessions } from '#libs/access';
import { ApiError } from '../graphql/api-error.js';
import type { Request } from './fastify.types.js';

const SESSION = /^session ([\w-]{43})$/i;

/**
 * Finds out which person sends a request. A terminal shows its session as `Authorization: Session …`, which no web page can have a
 * browser do. A browser shows it as a cookie, which every page can: so a cookie counts only with an `Origin` that is the hub's own
 * and with a body of a type that pages of other origins cannot send without asking first.
 */
export class PeopleRequests {
  private readonly origin: string;

  constructor(
    private readonly sessions: Sessions,
    private readonly cookies: CookieProfile,
    publicUrl: string,
  ) {
    this.origin = new URL(publicUrl).origin;
  }

  /**
   * The person whose session a request shows, or null when it shows none.
   *
   * @throws ApiError `FORBIDDEN` for a cookie that another site may have sent, `UNAUTHENTICATED` for a session that has ended
   */
  async callerOf(request: Request): Promise<Caller | null> {
    const { authorization, cookie } = request.headers;
    // Who shows a token or a session of its own means that one.
    if (authorization !== undefined) {
      const [, session] = SESSION.exec(authorization) ?? [];
      return session === undefined ? null : this.find(session, 'terminal');
    }
    const session = readCookie(cookie, this.cookies.session);
    if (session === undefined) return null;
    this.requireOwnPage(request);
    return this.find(session, 'browser');
  }

  /** @throws ApiError `FORBIDDEN` */
  requireOwnOrigin({ headers }: Request): void {
    if (headers.origin === this.origin) return;
    throw new ApiError(
      'FORBIDDEN',
      'Origin must be that of this hub: a session cookie is not taken from other sites',
    );
  }

  private requireOwnPage(request: Request): void {
    this.requireOwnOrigin(request);
    const [type] = (request.headers['content-type'] ?? '').split(';');
    if (type!.trim().toLowerCase() === 'application/json') return;
    throw new ApiError('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
  }

  private async find(session: string, place: 'browser' | 'terminal'): Promise<Caller> {
    const person = await this.sessions.find(session, place);
    if (person !== null) return { role: 'person', person };
    throw new ApiError('UNAUTHENTICATED', 'the session has ended: log in again');
  }
}
