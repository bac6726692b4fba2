/** A thumbprint (RFC 7638, base64url of 32 bytes) that begins with a hyphen, as one in 64 does. */
const LIKE_AN_OPTION = /^-[A-Za-z0-9_-]{42}$/;
const MARK = 'jkt:';

/** Marks thumbprints that would pass for options, so that nobody has to know about `--`. */
export function markThumbprints(args: readonly string[]): string[] {
  return args.map((arg) => (LIKE_AN_OPTION.test(arg) ? `${MARK}${arg}` : arg));
}

/** The thumbprint that an argument names, marked or not. */
export function readThumbprint(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}
