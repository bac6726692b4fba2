import type { JsonObject } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { PROOF_HINT, type AccessTokens } from './access-token.js';
import type { HttpAnswer, HttpClient } from './http-client.js';
import { AnswerObject, MAX_JSON_BYTES, parseAnswer } from './json-answer.js';

const TIMEOUT_MS = 120_000;

/** A GraphQL operation: its text and its variables. */
export interface Operation {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What is asked for, to be named in errors. */
  readonly subject: string;
}

/** Asks the hub a question; the one answer of it. */
export type AskHub = (operation: Operation) => Promise<JsonObject>;

/** The hub's GraphQL interface. */
export class GraphqlClient {
  constructor(
    private readonly http: HttpClient,
    private readonly tokens: AccessTokens,
    private readonly baseUrl: string,
  ) {}

  /**
   * The `data` of an operation. A token that the hub no longer takes is replaced once, and so is a proof without the nonce it asks for.
   *
   * @throws ClientError `REQUEST_REFUSED` for an answer with errors, `AUTH_REFUSED`, `UNEXPECTED_ANSWER`, or as
   *   `HttpClient` and `AccessTokens` do
   */
  async run(operation: Operation): Promise<AnswerObject> {
    let answer = await this.send(operation);
    if (answer.status === 401 && this.tokens.learn(answer)) answer = await this.send(operation);
    if (answer.status === 401) {
      this.tokens.forget();
      answer = await this.send(operation);
    }
    const { subject } = operation;
    if (answer.status === 401 && isProofRefused(answer)) {
      throw new ClientError('AUTH_REFUSED', subject, `the hub refuses the proof; ${PROOF_HINT}`);
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new ClientError('AUTH_REFUSED', subject, 'the hub does not let this member in');
    }
    const json = new AnswerObject(parseAnswer(answer.body, subject), subject);
    const data = json.optionalObject('data');
    if (data === null || answer.status !== 200) throw refusal(json, answer.status);
    return data;
  }

  private send({ query, variables, subject }: Operation): Promise<HttpAnswer> {
    const url = `${this.baseUrl}/graphql`;
    return this.http.send({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: JSON.stringify({ query, variables }),
      prepare: async () => ({ headers: await this.tokens.authorize('POST', url) }),
      maxBytes: MAX_JSON_BYTES,
      subject,
      timeoutMs: TIMEOUT_MS,
    });
  }
}

/** RFC 9449 §7.1. */
function isProofRefused({ headers }: HttpAnswer): boolean {
  return /\berror="invalid_dpop_proof"/.test(headers.get('www-authenticate') ?? '');
}

/** The first error's code; its message could quote what was sent. */
function refusal(json: AnswerObject, status: number): ClientError {
  let code = `status ${status}`;
  try {
    code = json.objects('errors')[0]?.optionalObject('extensions')?.optionalText('code') ?? code;
  } catch {
    // Errors of another shape say nothing more than the status does.
  }
  const shown = /^[A-Z0-9_]{1,64}$/.test(code) ? code : `status ${status}`;
  return new ClientError('REQUEST_REFUSED', json.subject, `the hub refuses the request (${shown})`);
}
