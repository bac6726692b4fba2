import { CLIENT_ASSERTION_TYPE, createClientAssertion, type SigningKey } from '#libs/keys';
import { ClientError } from '../client-error.js';
import type { HttpClient } from './http-client.js';
import { parseAnswer } from './json-answer.js';

/** A token so close to its end that it could expire on the way is not used. */
const MARGIN_MS = 30_000;
const MAX_BYTES = 64 * 1024;
const SUBJECT = 'access token';

/** Who asks, and where. */
export interface TokenOptions {
  readonly http: HttpClient;
  /** The hub's public URL, without a slash at its end: also the issuer. */
  readonly baseUrl: string;
  readonly member: string;
  readonly key: () => Promise<SigningKey>;
  readonly now?: () => number;
}

interface AccessToken {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

/** Access tokens by client credentials with `private_key_jwt` (RFC 7523), kept in memory until shortly before they end. */
export class AccessTokens {
  private current: AccessToken | null = null;
  private renewal: Promise<AccessToken> | null = null;

  constructor(private readonly options: TokenOptions) {}

  /**
   * A token that is good for a while.
   *
   * @throws ClientError `AUTH_REFUSED`, `KEY_UNUSABLE`, or as `HttpClient` does
   */
  async get(): Promise<string> {
    const now = (this.options.now ?? Date.now)();
    if (this.current === null || this.current.expiresAt - MARGIN_MS <= now) {
      // However many ask at once, one request does for all.
      this.renewal ??= this.request(now).finally(() => (this.renewal = null));
      this.current = await this.renewal;
    }
    return this.current.token;
  }

  /** Forgets the token: the hub does not take it any more. */
  forget(): void {
    this.current = null;
  }

  private async request(now: number): Promise<AccessToken> {
    const { http, baseUrl } = this.options;
    const answer = await http.send({
      method: 'POST',
      url: `${baseUrl}/oauth/token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: (await this.form()).toString(),
      maxBytes: MAX_BYTES,
      subject: SUBJECT,
    });
    const json = parseAnswer(answer.body, SUBJECT);
    if (answer.status !== 200) throw refusal(answer.status, json['error']);
    const { access_token: token, expires_in: lifetime } = json;
    if (typeof token !== 'string' || typeof lifetime !== 'number') {
      throw new ClientError('UNEXPECTED_ANSWER', SUBJECT, 'the answer holds no token');
    }
    return { token, expiresAt: now + lifetime * 1000 };
  }

  private async form(): Promise<URLSearchParams> {
    const { baseUrl, member, key } = this.options;
    const assertion = await createClientAssertion({ clientId: member, issuer: baseUrl, key: await key() });
    return new URLSearchParams({
      grant_type: 'client_credentials',
      client_assertion_type: CLIENT_ASSERTION_TYPE,
      client_assertion: assertion,
      scope: 'cairn',
      resource: `${baseUrl}/graphql`,
    });
  }
}

function refusal(status: number, error: unknown): ClientError {
  const code = typeof error === 'string' && /^[a-z_]{1,40}$/.test(error) ? error : `status ${status}`;
  const hint = 'is this member admitted and its auth key registered, active and the one configured here?';
  return new ClientError('AUTH_REFUSED', SUBJECT, `the hub gives none (${code}); ${hint}`);
}
