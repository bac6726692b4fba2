import {
  Agent as HttpAgent,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseVerifierKey, type VerifierKey } from '#libs/tlog';
import type { CheckpointSigner, EntrySource, SigningRequest, SigningResult } from './checkpoint-signer.js';
import { asRefusal, authorization, LOG_PATH, SIGN_PATH, type SignerAddress } from './signer-protocol.js';

/** A signer that says nothing for so long is taken to be away. */
const SILENT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
/** A request is overtaken only by another worker's, which does the same work. */
const MOST_ATTEMPTS = 3;

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** What a signer says of a log. */
export interface SignerLog {
  /** Number of the leaf from which on it needs entries. */
  readonly from: number;
  /** The key that verifies its checkpoints. */
  readonly key: VerifierKey;
}

/** Asks a signer in a process of its own, over one connection that is kept open. */
export class RemoteCheckpointSigner implements CheckpointSigner {
  private readonly agent: HttpAgent;
  private readonly logs = new Map<string, number>();

  constructor(private readonly address: SignerAddress) {
    const secure = address.kind === 'url' && address.url.startsWith('https:');
    this.agent = new (secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxFreeSockets: 1 });
  }

  async sign(request: SigningRequest, entries: EntrySource): Promise<SigningResult> {
    try {
      for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
        const result = await this.attempt(request, entries);
        if (result !== 'overtaken') return result;
      }
      return unavailable(request.origin, 'other workers were faster');
    } catch (error) {
      this.logs.delete(request.origin);
      if (error instanceof SignerAway) return unavailable(request.origin, error.message);
      throw error;
    }
  }

  /**
   * What the signer says of a log.
   *
   * @returns null when it cannot be reached, or has no usable record
   */
  async log(origin: string): Promise<SignerLog | null> {
    try {
      const { status, body } = await this.ask('GET', `${LOG_PATH}?${new URLSearchParams({ origin })}`);
      return status === 200 && typeof body['from'] === 'number' && typeof body['key'] === 'string'
        ? { from: body['from'], key: parseVerifierKey(body['key']) }
        : null;
    } catch (error) {
      if (error instanceof SignerAway) return null;
      throw error;
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async attempt(request: SigningRequest, entries: EntrySource): Promise<SigningResult | 'overtaken'> {
    const { origin, size, root, published } = request;
    const from = this.logs.get(origin) ?? (await this.askFrom(origin));
    if (typeof from !== 'number') return from;
    const query = new URLSearchParams({
      origin,
      from: String(from),
      size: String(size),
      root: Buffer.from(root).toString('hex'),
      published: String(published),
    });
    // A log that went back has no such entries; the signer refuses before it reads any.
    const body = from > size ? Readable.from([]) : Readable.from(entries(from));
    const answer = await this.ask('POST', `${SIGN_PATH}?${query}`, body);
    if (answer.status === 409) {
      this.logs.delete(origin);
      return 'overtaken';
    }
    const result = readResult(origin, answer);
    if (result.ok) this.logs.set(origin, size - (size % 256));
    return result;
  }

  private async askFrom(origin: string): Promise<number | SigningResult> {
    const answer = await this.ask('GET', `${LOG_PATH}?${new URLSearchParams({ origin })}`);
    const { from } = answer.body;
    return answer.status === 200 && typeof from === 'number' ? from : readResult(origin, answer);
  }

  private async ask(method: 'GET' | 'POST', path: string, body?: Readable): Promise<Answer> {
    const { request, answered } = this.open(method, path);
    // Whichever fails first says why; the other fails because of it.
    const sent = body === undefined ? Promise.resolve(request.end()) : pipeline(body, request);
    const outcome = await Promise.allSettled([answered, sent]);
    const [answer] = outcome;
    if (answer.status === 'fulfilled') return answer.value;
    const failed = body?.errored;
    if (failed && !isConnectionError(failed)) throw failed;
    throw new SignerAway(answer.reason);
  }

  private open(method: string, path: string) {
    const target = this.target(path);
    const options: RequestOptions = {
      ...target.options,
      method,
      agent: this.agent,
      timeout: SILENT_MS,
      headers: { 'content-type': 'application/octet-stream', ...target.headers },
    };
    const request = (target.secure ? httpsRequest : httpRequest)(options);
    const answered = new Promise<Answer>((resolve, reject) => {
      request.once('timeout', () => request.destroy(new Error('it does not answer')));
      request.once('error', reject);
      request.once('response', (response) => {
        readAnswer(response).then(resolve, reject);
      });
    });
    return { request, answered };
  }

  private target(path: string) {
    if (this.address.kind === 'socket')
      return { secure: false, options: { socketPath: this.address.path, path }, headers: {} };
    const { url, secret } = this.address;
    const { protocol, hostname, port } = new URL(url);
    return {
      secure: protocol === 'https:',
      options: { hostname: hostname.replace(/^\[|\]$/g, ''), port, path },
      headers: { authorization: authorization(secret) },
    };
  }
}

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error('its answer is too long');
    chunks.push(chunk);
  }
  const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  if (typeof body !== 'object' || body === null) throw new Error('its answer is none');
  return { status: response.statusCode ?? 0, body: body as Record<string, unknown> };
}

function readResult(origin: string, { status, body }: Answer): SigningResult {
  const { note, reason, detail } = body;
  if (status === 200 && typeof note === 'string') return { ok: true, note };
  const known = asRefusal(reason);
  if (status === 422 && known !== null) return { ok: false, reason: known, detail: String(detail) };
  return unavailable(
    origin,
    status === 401 ? 'CAIRN_SIGNER_SECRET is another there' : `it answers ${status}`,
  );
}

function unavailable(origin: string, why: string): SigningResult {
  return { ok: false, reason: 'signer_unavailable', detail: `${origin}: the signer cannot be used: ${why}` };
}

function isConnectionError(error: Error): boolean {
  return 'code' in error && /^(?:E[A-Z]+|ERR_STREAM_PREMATURE_CLOSE)$/.test(String(error.code));
}

/** The signer cannot be reached, or what answers is none. */
class SignerAway extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'no answer', { cause });
  }
}
