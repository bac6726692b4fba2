import { requireName, requireOrigin } from '#libs/protocol';
import { parsePolicy, TlogError, type PolicyLog, type TlogPolicy } from '#libs/tlog';
import { ClientError } from '../client-error.js';

/** What a pinned policy file says about the one hub it is for. */
export interface HubPolicy {
  readonly policy: TlogPolicy;
  /** The hub's name, such as `hub.example.org`. */
  readonly origin: string;
  /** The hub's public URL, without a slash at its end. */
  readonly baseUrl: string;
  /** Channels whose feeds are pinned, ascending. */
  readonly feeds: readonly string[];
}

const PROVENANCE = /^(.+)\/log$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads a policy file (c2sp.org/tlog-policy) and finds its hub: the one log named `<origin>/log`.
 *
 * @param subject  named in errors, such as the file's path
 * @param options.allowHttp  whether a URL without TLS to another machine is accepted
 * @throws ClientError `POLICY_INVALID`
 */
export function readHubPolicy(
  bytes: Uint8Array,
  subject: string,
  options: { allowHttp?: boolean } = {},
): HubPolicy {
  const policy = parse(bytes, subject);
  const logs = policy.logs.filter(({ key }) => PROVENANCE.test(key.name));
  if (logs.length !== 1) refuse(subject, 'must pin exactly one provenance log, named <hub>/log');
  const origin = originOf(logs[0]!, subject);
  const prefix = `${origin}/feed/`;
  const feeds = policy.logs.flatMap(({ key }) =>
    key.name.startsWith(prefix) ? [key.name.slice(prefix.length)] : [],
  );
  const baseUrl = baseUrlOf(logs[0]!, subject, options.allowHttp ?? false);
  return { policy, origin, baseUrl, feeds: feeds.filter(isName).sort() };
}

function parse(bytes: Uint8Array, subject: string): TlogPolicy {
  try {
    return parsePolicy(bytes);
  } catch (cause) {
    if (cause instanceof TlogError)
      throw new ClientError('POLICY_INVALID', subject, cause.message, { cause });
    throw cause;
  }
}

function originOf({ key }: PolicyLog, subject: string): string {
  const origin = PROVENANCE.exec(key.name)![1]!;
  try {
    return requireOrigin(origin, 'origin');
  } catch {
    return refuse(
      subject,
      'the name before /log must be that of a hub: a lower-case host, optionally with a port',
    );
  }
}

/** The log line's URL is the hub's own, or that of the log itself: then without its `/log`. */
function baseUrlOf({ url }: PolicyLog, subject: string, allowHttp: boolean): string {
  if (url === undefined || !URL.canParse(url)) {
    refuse(subject, 'the line of <hub>/log must end in the URL of the hub');
  }
  const { base, rule } = readHubUrl(url, allowHttp);
  return base === null ? refuse(subject, rule) : base.replace(/\/log$/, '');
}

/**
 * The public URL of a hub as somebody typed it, without a slash at its end.
 *
 * @throws ClientError `OPTION_INVALID`
 */
export function requireHubUrl(url: string, allowHttp: boolean): string {
  const { base, rule } = URL.canParse(url)
    ? readHubUrl(url, allowHttp)
    : { base: null, rule: 'must be the URL of a hub' };
  if (base === null) throw new ClientError('OPTION_INVALID', 'hub', rule);
  return base;
}

function readHubUrl(
  url: string,
  allowHttp: boolean,
): { base: string; rule: '' } | { base: null; rule: string } {
  const { search, hash, username, password, protocol, hostname, origin, pathname } = new URL(url);
  if (search !== '' || hash !== '' || username !== '' || password !== '') {
    return { base: null, rule: 'the URL of the hub must have no query, fragment or password' };
  }
  const safe = protocol === 'https:' || LOOPBACK.test(hostname) || allowHttp;
  if (!/^https?:$/.test(protocol) || !safe) {
    return { base: null, rule: 'the URL of the hub must be https, because tokens are sent to it' };
  }
  return { base: `${origin}${pathname}`.replace(/\/+$/, ''), rule: '' };
}

function isName(text: string): boolean {
  try {
    requireName(text, 'feed');
    return true;
  } catch {
    return false;
  }
}

function refuse(subject: string, rule: string): never {
  throw new ClientError('POLICY_INVALID', subject, rule);
}
