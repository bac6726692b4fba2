/** http or https, an authority of host and port alone, and nothing that RFC 3986 §2 has no place for. */
const FORM = /^https?:\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{0,5})?(\/[^?#]*)?(\?[^#]*)?(#.*)?$/i;
const CHARACTERS = /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9a-f]{2})*$/i;
const UNRESERVED = /[\w\-.~]/;

/**
 * The form in which URLs of requests are compared: without query and fragment, after syntax-based and scheme-based normalisation (RFC
 * 9449 §4.3, RFC 3986 §6.2.2 and §6.2.3). Null for whatever is no plain http or https URL: a reader of URLs for browsers would repair a
 * back slash, a line feed or `127.1`, and two readers would differ.
 */
export function normaliseProofUrl(text: string): string | null {
  const [, host] = FORM.exec(text) ?? [];
  if (host === undefined || !CHARACTERS.test(text) || !URL.canParse(text)) return null;
  const url = new URL(text);
  if (!host.startsWith('[') && url.hostname !== host.toLowerCase()) return null;
  return `${url.protocol}//${url.host}${url.pathname.replace(/%[0-9a-f]{2}/gi, normaliseOctet)}`;
}

function normaliseOctet(octet: string): string {
  const character = String.fromCharCode(parseInt(octet.slice(1), 16));
  return UNRESERVED.test(character) ? character : octet.toUpperCase();
}
