const MOST_CHARACTERS = 500;

/** Where a person is sent after the login, unless a path was asked for. */
export const AFTER_LOGIN = '/login/done';

/**
 * A path of this hub to go to after the login. Whatever could lead to another host is passed over: a scheme, a second slash or a
 * backslash (which browsers read as one), control characters (which they drop).
 *
 * @param wanted as the browser asks
 */
export function returnPath(wanted: unknown, publicUrl: string): string {
  if (typeof wanted !== 'string' || wanted.length > MOST_CHARACTERS) return AFTER_LOGIN;
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted) || wanted.includes('\\')) return AFTER_LOGIN;
  const url = new URL(wanted, publicUrl);
  if (url.origin !== new URL(publicUrl).origin || url.pathname.startsWith('//')) return AFTER_LOGIN;
  return `${url.pathname}${url.search}${url.hash}`;
}
