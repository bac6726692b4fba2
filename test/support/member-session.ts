import type { SigningKey } from '#libs/keys';
import type { TestBatch } from './member.js';
import { RefusedError, type WireReceipt } from './submission-load.js';
import { memberTokenForm } from './token-form.js';

const PATIENCE_MS = 15_000;
const SUBMIT = `mutation ($input: SubmitInput!) { submit(input: $input) {
  ... on SubmissionReceipt { jti digest counter promise }
  ... on SubmissionRefused { code } } }`;

/** A member at the door of a hub: asks for a token, and submits with it. */
export class MemberSession {
  private token: string | undefined;

  constructor(
    private readonly hubUrl: string,
    private readonly member: string,
    private readonly auth: SigningKey,
  ) {}

  /** @throws RefusedError when the hub refuses the batch, Error when the outcome is unknown */
  async submit({ manifest, entries }: TestBatch): Promise<WireReceipt> {
    this.token ??= await this.requestToken();
    const { status, json } = await this.post('graphql', {
      body: JSON.stringify({
        query: SUBMIT,
        variables: { input: { manifest, entries: entries.toString() } },
      }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.token}` },
    });
    if (status === 401) this.token = undefined;
    const result = (json as { data?: { submit?: WireReceipt & { code?: string } } }).data?.submit;
    if (result === undefined) throw new Error(`status ${status}`);
    if (result.code !== undefined) throw new RefusedError(result.code);
    return result;
  }

  private async requestToken(): Promise<string> {
    const body = await memberTokenForm(this.hubUrl, this.member, this.auth);
    const { status, json } = await this.post('oauth/token', { body });
    const { access_token: token } = json as { access_token?: string };
    if (token === undefined) throw new Error(`no token: status ${status}`);
    return token;
  }

  private async post(path: string, init: RequestInit): Promise<{ status: number; json: object }> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(`${this.hubUrl}/${path}`, { ...init, method: 'POST', signal });
    return { status: response.status, json: (await response.json()) as object };
  }
}
