import {
  CLIENT_ASSERTION_TYPE,
  createClientAssertion,
  createDpopProof,
  generateSigningKey,
  type SigningKey,
} from '#libs/keys';
import { ClientError } from '../client-error.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { parseAnswer } from './json-answer.js';

/** A token so close to its end that it could expire on the way is not used. */
const MARGIN_MS = 30_000;
const MAX_BYTES = 64 * 1024;
const SUBJECT = 'access token';

/** What is amiss when a hub refuses the proofs of an honest client. */
export const PROOF_HINT =
  "is this machine's clock right, and is the hub's URL in the policy file the one it goes by?";

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

/** What a server may give to be made part of the next proof (RFC 9449 §8.1). */
const NONCE = /^[\x21-\x7e]{1,128}$/;

/**
 * Access tokens by client credentials with `private_key_jwt` (RFC 7523), kept in memory until shortly before they end. They are bound to a
 * key that lives as long as this object and is never stored (DPoP, RFC 9449): a token that is stolen without it is worth nothing.
 */
export class AccessTokens {
  private readonly proofKey = generateSigningKey();
  /** Of the hub's API; its token endpoint has one of its own. */
  private nonce: string | undefined;
  private tokenNonce: string | undefined;
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

  /**
   * Headers for one request to the API, good for that request alone.
   *
   * @throws ClientError as `get` does
   */
  async authorize(method: string, url: string): Promise<Record<string, string>> {
    const token = await this.get();
    const proof = { key: this.proofKey, method, url, accessToken: token, nonce: this.nonce };
    return { authorization: `DPoP ${token}`, dpop: await createDpopProof(proof) };
  }

  /** Keeps the nonce that an answer of the API gives for the proofs of the next requests. Returns whether it gives one. */
  learn(answer: HttpAnswer): boolean {
    const nonce = nonceOf(answer);
    this.nonce = nonce ?? this.nonce;
    return nonce !== undefined;
  }

  /** Forgets the token: the hub does not take it any more. */
  forget(): void {
    this.current = null;
  }

  private async request(now: number): Promise<AccessToken> {
    let answer = await this.send();
    const nonce = nonceOf(answer);
    if (answer.status !== 200 && nonce !== undefined && nonce !== this.tokenNonce) {
      this.tokenNonce = nonce;
      answer = await this.send();
    }
    const json = parseAnswer(answer.body, SUBJECT);
    if (answer.status !== 200) throw refusal(answer.status, json['error']);
    const { access_token: token, expires_in: lifetime, token_type: type } = json;
    if (typeof token !== 'string' || typeof lifetime !== 'number') {
      throw new ClientError('UNEXPECTED_ANSWER', SUBJECT, 'the answer holds no token');
    }
    if (typeof type !== 'string' || type.toLowerCase() !== 'dpop') {
      throw new ClientError('UNEXPECTED_ANSWER', SUBJECT, 'the hub gave a token that anybody could use');
    }
    return { token, expiresAt: now + lifetime * 1000 };
  }

  private send(): Promise<HttpAnswer> {
    const { http, baseUrl } = this.options;
    const url = `${baseUrl}/oauth/token`;
    return http.send({
      method: 'POST',
      url,
      // An assertion and a proof count once, also when the answer to them was lost.
      prepare: async () => ({
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          dpop: await createDpopProof({ key: this.proofKey, method: 'POST', url, nonce: this.tokenNonce }),
        },
        body: (await this.form()).toString(),
      }),
      maxBytes: MAX_BYTES,
      subject: SUBJECT,
    });
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
  const hint =
    code === 'invalid_dpop_proof'
      ? PROOF_HINT
      : 'is this member admitted and its auth key registered, active and the one configured here?';
  return new ClientError('AUTH_REFUSED', SUBJECT, `the hub gives none (${code}); ${hint}`);
}

function nonceOf({ headers }: HttpAnswer): string | undefined {
  const nonce = headers.get('dpop-nonce');
  return nonce !== null && NONCE.test(nonce) ? nonce : undefined;
}
