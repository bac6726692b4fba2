import { isLoopbackHost } from '../config/loopback-host.js';

/** Port of message submission with STARTTLS (RFC 6409 §3.1), and with TLS from the first byte (RFC 8314 §3.3). */
const PORTS = { 'smtp:': 587, 'smtps:': 465 } as const;
/** A host name, an IPv4 address, or an IPv6 address in brackets. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/i;

/** A mail server as a URL names it. */
export interface MailServer {
  /** Name or IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /**
   * How TLS protects the connection: from the first byte, by STARTTLS, which must succeed before anything else is said, or not at all,
   * which is for a server on this machine alone.
   */
  readonly tls: 'implicit' | 'starttls' | 'none';
  readonly login: { readonly user: string; readonly password: string } | null;
}

/** Reads `smtp://` and `smtps://` URLs; user and password are percent-encoded. @returns null for anything else */
export function readMailServer(text: string): MailServer | null {
  if (!URL.canParse(text) || /[\s?#]/.test(text)) return null;
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  if ((protocol !== 'smtp:' && protocol !== 'smtps:') || !HOST.test(hostname)) return null;
  if (port === '0' || (pathname !== '' && pathname !== '/')) return null;
  if ((username === '') !== (password === '')) return null;
  const [user, secret] = [decoded(username), decoded(password)];
  if (user === null || secret === null) return null;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? PORTS[protocol] : Number(port),
    tls: protocol === 'smtps:' ? 'implicit' : isLoopbackHost(hostname) ? 'none' : 'starttls',
    login: user === '' ? null : { user, password: secret },
  };
}

function decoded(text: string): string | null {
  try {
    const plain = decodeURIComponent(text);
    return /[\x00-\x1f\x7f]/.test(plain) ? null : plain;
  } catch {
    return null;
  }
}
