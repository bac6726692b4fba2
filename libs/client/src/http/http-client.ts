import { setTimeout as delay } from 'node:timers/promises';
import { ClientError, type ClientErrorCode } from '../client-error.js';
import { readBody } from './bounded-body.js';
import { backoff, retryAfter } from './retry-delay.js';

/** One request and what may come back. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Makes what each attempt needs anew, such as a proof that counts once; put over `headers` and `body`. */
  readonly prepare?: () => Promise<{
    readonly headers: Readonly<Record<string, string>>;
    readonly body?: string;
  }>;
  /** Most bytes of the answer. */
  readonly maxBytes: number;
  /** What is asked for, to be named in errors: never a URL, which can hold a ticket. */
  readonly subject: string;
  /** Code for an answer above `maxBytes`. */
  readonly oversize?: ClientErrorCode;
  readonly timeoutMs?: number;
}

/** An answer that is neither a redirect nor worth a retry. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** How requests are sent; the defaults are for use, the rest for tests. */
export interface HttpOptions {
  readonly fetch?: typeof fetch;
  /** Milliseconds for one attempt, body included. */
  readonly timeoutMs?: number;
  /** Attempts in all. */
  readonly attempts?: number;
  readonly sleep?: (ms: number) => Promise<unknown>;
  readonly random?: () => number;
  /** Ends everything that is under way. */
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 5;
/** A hub that asks for a longer pause than this is left alone. */
const LONGEST_PAUSE_MS = 60_000;

/** An attempt that failed in a way that may pass. */
interface Passing {
  readonly error: ClientError;
  /** Milliseconds the hub asked to wait, or null. */
  readonly retryAfter: number | null;
}

/**
 * Sends requests: bounded in time and in bytes, no redirect followed, tried again with growing pauses after 429, 5xx and
 * broken connections. Everything sent this way must be harmless to send twice.
 */
export class HttpClient {
  constructor(private readonly options: HttpOptions = {}) {}

  /**
   * @throws ClientError `NETWORK`, `TIMEOUT`, `RATE_LIMITED`, `HUB_UNAVAILABLE`, `REDIRECTED`, or `OVERSIZE` (or the code
   *   the request names) when the answer is longer than it may be
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const attempts = this.options.attempts ?? ATTEMPTS;
    for (let attempt = 1; ; attempt++) {
      const answer = await this.attempt(request);
      if (!('error' in answer)) return answer;
      const pause = answer.retryAfter ?? backoff(attempt, this.options.random ?? Math.random);
      if (attempt >= attempts || pause > LONGEST_PAUSE_MS || this.options.signal?.aborted) throw answer.error;
      await (this.options.sleep ?? delay)(pause);
    }
  }

  private async attempt(request: HttpRequest): Promise<HttpAnswer | Passing> {
    const fresh = await request.prepare?.();
    const timeout = AbortSignal.timeout(request.timeoutMs ?? this.options.timeoutMs ?? TIMEOUT_MS);
    const { signal } = this.options;
    try {
      const response = await (this.options.fetch ?? fetch)(request.url, {
        method: request.method,
        headers: { 'accept-encoding': 'identity', ...request.headers, ...fresh?.headers },
        body: fresh?.body ?? request.body,
        redirect: 'manual',
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      return passingStatus(request, response) ?? (await readAnswer(request, response));
    } catch (cause) {
      if (cause instanceof ClientError) throw cause;
      return { error: connectionError(request, cause, timeout.aborted), retryAfter: null };
    }
  }
}

async function readAnswer(request: HttpRequest, response: Response): Promise<HttpAnswer> {
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    throw new ClientError(
      'REDIRECTED',
      request.subject,
      'the hub answers with a redirect, which is never followed',
    );
  }
  const body = await readBody(response, request.maxBytes);
  if (body !== null) return { status: response.status, headers: response.headers, body };
  throw new ClientError(
    request.oversize ?? 'OVERSIZE',
    request.subject,
    `the answer is longer than ${request.maxBytes} bytes`,
  );
}

function passingStatus(request: HttpRequest, response: Response): Passing | null {
  if (response.status !== 429 && response.status < 500) return null;
  void response.body?.cancel();
  const code = response.status === 429 ? 'RATE_LIMITED' : 'HUB_UNAVAILABLE';
  const pause = retryAfter(response.headers.get('retry-after'), Date.now());
  const wish = pause === null ? '' : `, and asks to wait ${Math.ceil(pause / 1000)} s`;
  return {
    error: new ClientError(code, request.subject, `the hub answers ${response.status}${wish}`),
    retryAfter: pause,
  };
}

function connectionError(request: HttpRequest, cause: unknown, timedOut: boolean): ClientError {
  if (timedOut) return new ClientError('TIMEOUT', request.subject, 'no complete answer in time', { cause });
  return new ClientError('NETWORK', request.subject, `no connection to the hub (${reasonOf(cause)})`, {
    cause,
  });
}

/** The system's own code, such as ECONNREFUSED; other texts could quote the URL. */
function reasonOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code)) return code;
  return typeof cause === 'object' && cause !== null ? reasonOf(cause) : 'connection failed';
}
