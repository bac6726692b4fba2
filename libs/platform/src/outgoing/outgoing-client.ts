import { lookup } from 'node:dns/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isIP } from 'node:net';
import type { IncomingMessage } from 'node:http';
import { within } from '../process/timing.js';
import { isLoopbackAddress, isPublicAddress } from './public-address.js';

/** Why an outgoing request was refused or failed. */
export type OutgoingRefusalCode =
  | 'BAD_URL'
  | 'NAME_NOT_FOUND'
  | 'ADDRESS_NOT_PUBLIC'
  | 'REDIRECTED'
  | 'TOO_LARGE'
  | 'TOO_SLOW'
  | 'UNREACHABLE';

export interface OutgoingRefusal {
  readonly ok: false;
  readonly code: OutgoingRefusalCode;
  /** The rule in words. It names nothing that the other side sent. */
  readonly rule: string;
}

export interface OutgoingAnswer {
  readonly ok: true;
  readonly status: number;
  /** Media type without parameters, lower case; empty when not given. */
  readonly type: string;
  readonly body: Buffer;
}

export interface Address {
  readonly address: string;
  readonly family: number;
}

export interface OutgoingOptions {
  /** For tests alone: loopback addresses, plain http and any port are allowed as well. */
  readonly allowLoopback: boolean;
  /** All addresses of a name; the system's resolver when not given. */
  readonly resolve?: (name: string) => Promise<readonly Address[]>;
  readonly maxBytes?: number;
  /** For the whole request, from the resolver to the last byte. */
  readonly timeoutMs?: number;
}

const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 10_000;
const AGENT = 'cairn-hub';

/**
 * The one way out of the hub: GET requests to addresses that others chose. It asks nothing but public hosts, over https on port 443; it
 * follows no redirect, reads no endless body, waits for nobody, and sends neither cookie nor credential. A name is resolved once, all its
 * addresses are checked, and the connection goes to exactly these, so that a name which changes in between gains nothing.
 */
export class OutgoingClient {
  constructor(private readonly options: OutgoingOptions) {}

  /** Whether an address may be asked for at all; what its name leads to is looked at when it is. */
  accepts(address: string): boolean {
    return this.readUrl(address) !== null;
  }

  /** Fetches a resource. Any status but a redirect is an answer. */
  async get(address: string): Promise<OutgoingAnswer | OutgoingRefusal> {
    const url = this.readUrl(address);
    if (url === null) {
      return refuse(
        'BAD_URL',
        'must be an https URL with a host name, on port 443, without user or fragment',
      );
    }
    const timeoutMs = this.options.timeoutMs ?? TIMEOUT_MS;
    const deadline = AbortSignal.timeout(timeoutMs);
    // A resolver cannot be interrupted.
    const resolved = await within(this.resolve(url.hostname), timeoutMs);
    if (!resolved.done) return TOO_SLOW;
    const addresses = resolved.value;
    if (addresses.length === 0) return refuse('NAME_NOT_FOUND', 'the host name has no address');
    if (!addresses.every(({ address: found }) => this.isAllowed(found))) {
      return refuse('ADDRESS_NOT_PUBLIC', 'every address of the host must be a public one');
    }
    try {
      return await this.request(url, addresses, deadline);
    } catch {
      if (deadline.aborted) return TOO_SLOW;
      return refuse('UNREACHABLE', 'no connection, or none that is secure, could be made or kept');
    }
  }

  private readUrl(text: string): URL | null {
    if (!URL.canParse(text)) return null;
    const url = new URL(text);
    if (url.username !== '' || url.password !== '' || url.hash !== '' || url.hostname === '') return null;
    if (this.options.allowLoopback) return ['http:', 'https:'].includes(url.protocol) ? url : null;
    // An address instead of a name proves no domain; the parser has already turned 0x7f.1 and the like into one.
    const isName = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0;
    return url.protocol === 'https:' && url.port === '' && isName ? url : null;
  }

  private async resolve(host: string): Promise<readonly Address[]> {
    const name = host.replace(/^\[|\]$/g, '');
    if (isIP(name) !== 0) return [{ address: name, family: isIP(name) }];
    const resolve = this.options.resolve ?? ((wanted) => lookup(wanted, { all: true, verbatim: true }));
    return resolve(name).catch(() => []);
  }

  private isAllowed(address: string): boolean {
    return isPublicAddress(address) || (this.options.allowLoopback && isLoopbackAddress(address));
  }

  private async request(
    url: URL,
    addresses: readonly Address[],
    signal: AbortSignal,
  ): Promise<OutgoingAnswer | OutgoingRefusal> {
    const response = await connect(url, addresses, signal);
    const status = response.statusCode!;
    if (status >= 300 && status < 400) {
      response.destroy();
      return refuse('REDIRECTED', 'must answer itself: redirects are not followed');
    }
    const body = await readBody(response, this.options.maxBytes ?? MAX_BYTES);
    if (body === null)
      return refuse('TOO_LARGE', `must be at most ${this.options.maxBytes ?? MAX_BYTES} bytes`);
    const type = (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
    return { ok: true, status, type, body };
  }
}

/** A connection of its own to the addresses that were checked: none is kept, and the name is not looked up again. */
function connect(url: URL, addresses: readonly Address[], signal: AbortSignal): Promise<IncomingMessage> {
  const options: RequestOptions = {
    agent: false,
    signal,
    headers: { 'user-agent': AGENT, accept: '*/*', 'accept-encoding': 'identity' },
    lookup: (_name, { all }, found) =>
      all === true ? found(null, [...addresses]) : found(null, addresses[0]!.address, addresses[0]!.family),
  };
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    send(url, options, resolve).on('error', reject).end();
  });
}

/** The body, or null as soon as it is longer than allowed. */
async function readBody(response: IncomingMessage, most: number): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > most) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refuse(code: OutgoingRefusalCode, rule: string): OutgoingRefusal {
  return { ok: false, code, rule };
}

const TOO_SLOW = refuse('TOO_SLOW', 'the answer did not come in time');
