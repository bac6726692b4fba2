import type { SigningKey } from '#libs/keys';
import { BoundToken } from './bound-token.js';
import type { TestBatch } from './member.js';
import { RefusedError, type WireReceipt } from './submission-load.js';

const SUBMIT = `mutation ($input: SubmitInput!) { submit(input: $input) {
  ... on SubmissionReceipt { jti digest counter promise }
  ... on SubmissionRefused { code } } }`;

/** A member at the door of a hub: asks for a token, and submits with it. */
export class MemberSession {
  private token: BoundToken | undefined;

  constructor(
    private readonly hubUrl: string,
    private readonly member: string,
    readonly auth: SigningKey,
  ) {}

  /** @throws RefusedError when the hub refuses the batch, Error when the outcome is unknown */
  async submit({ manifest, entries }: TestBatch): Promise<WireReceipt> {
    this.token ??= await BoundToken.request(this.hubUrl, this.member, this.auth);
    const input = { manifest, entries: entries.toString() };
    const response = await this.token.post(JSON.stringify({ query: SUBMIT, variables: { input } }));
    const { status } = response;
    const json = (await response.json()) as { data?: { submit?: WireReceipt & { code?: string } } };
    if (status === 401) this.token = undefined;
    const result = json.data?.submit;
    if (result === undefined) throw new Error(`status ${status}`);
    if (result.code !== undefined) throw new RefusedError(result.code);
    return result;
  }
}
