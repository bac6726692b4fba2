import { createDpopProof, generateSigningKey, type SigningKey } from '#libs/keys';
import { memberTokenForm } from './token-form.js';

const PATIENCE_MS = 15_000;

/** An access token with the key that it is bound to. */
export class BoundToken {
  private nonce: string | undefined;

  private constructor(
    readonly hubUrl: string,
    readonly text: string,
    readonly key: SigningKey,
    private readonly via: string,
  ) {}

  /**
   * Asks for a token as an honest member does.
   *
   * @param via  where the hub listens, when that is not its public URL
   */
  static async request(
    hubUrl: string,
    member: string,
    auth: SigningKey,
    via: string = hubUrl,
  ): Promise<BoundToken> {
    const key = generateSigningKey();
    const url = `${hubUrl}/oauth/token`;
    const response = await fetch(`${via}/oauth/token`, {
      method: 'POST',
      headers: { dpop: await createDpopProof({ key, method: 'POST', url }) },
      body: await memberTokenForm(hubUrl, member, auth),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { access_token: text } = (await response.json()) as { access_token?: string };
    if (text === undefined) throw new Error(`no token: status ${response.status}`);
    return new BoundToken(hubUrl, text, key, via);
  }

  /** What one GraphQL request needs to be this member's. */
  async headers(): Promise<Record<string, string>> {
    return { authorization: `DPoP ${this.text}`, dpop: await this.proof() };
  }

  /** A proof for one GraphQL request. */
  async proof(now?: number): Promise<string> {
    const url = `${this.hubUrl}/graphql`;
    const { key, nonce, text: accessToken } = this;
    return createDpopProof({ key, method: 'POST', url, accessToken, nonce, now });
  }

  /** Sends a GraphQL request; once more when the hub asks for a nonce. */
  async post(body: string): Promise<Response> {
    const response = await this.send(body);
    const nonce = response.headers.get('dpop-nonce');
    if (response.status !== 401 || nonce === null) return response;
    this.nonce = nonce;
    await response.body?.cancel();
    return this.send(body);
  }

  private async send(body: string): Promise<Response> {
    return fetch(`${this.via}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(await this.headers()) },
      body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
  }
}
