import { isLoopbackHost } from '#libs/platform';

const SESSION = 'cairn';
const LOGIN = 'cairn-login';

/** How the hub's cookies are named and set, which depends on how browsers reach it. */
export interface CookieProfile {
  readonly session: string;
  /** Holds the secret of a login that has begun. */
  readonly login: string;
  readonly attributes: string;
}

/**
 * Cookies go back to this host alone and over TLS alone, which the prefix `__Host-` has browsers enforce (RFC 6265bis §4.1.3.2). On a
 * laptop, where the hub is reached by plain http on loopback, they have plain names. `SameSite=Lax` lets a cookie come along when the
 * identity provider sends the browser back.
 *
 * @param publicUrl base URL of the hub
 */
export function cookieProfile(publicUrl: string): CookieProfile {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  if (isLoopbackHttp(publicUrl)) return { session: SESSION, login: LOGIN, attributes };
  return { session: `__Host-${SESSION}`, login: `__Host-${LOGIN}`, attributes: `${attributes}; Secure` };
}

/** The value of a `set-cookie` header (RFC 6265 §4.1). Without `seconds` it lasts as long as the browser's session. */
export function setCookie(profile: CookieProfile, name: string, value: string, seconds?: number): string {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
  return `${name}=${value}; ${profile.attributes}${age}`;
}

/** The cookie of that name in a `cookie` header (RFC 6265 §4.2.1); undefined when there is none, or more than one. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const values = (header ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  return values.length === 1 ? values[0]!.slice(name.length + 1) : undefined;
}

/** Whether a URL is plain http to this machine itself. */
export function isLoopbackHttp(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && isLoopbackHost(hostname);
}
