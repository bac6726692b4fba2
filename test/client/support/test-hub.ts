import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { graphql } from 'graphql';
import { checkProof, type CheckedProof, type ProofExpectation } from '#libs/access';
import { CairnClient, MemberHome, type HttpOptions, type HubPolicy } from '#libs/client';
import { CLIENT_ASSERTION_TYP, generateSigningKey, verifyJsonJws, type SigningKey } from '#libs/keys';
import { encodeStatement, toHex, type PublicJwk } from '#libs/protocol';
import { hubSchema } from './hub-schema.js';
import { TestFeed } from './test-feed.js';
import { TestLog } from './test-log.js';
import { TestSubmissions } from './test-submissions.js';

/** What the hub sends instead of what it would. */
export type Intercept = (
  path: string,
  response: ServerResponse,
  request: IncomingMessage,
) => boolean | Promise<boolean>;

/** A head of a feed in a `published` statement; root in hex. */
export interface PublishedHead {
  readonly size: number;
  readonly root: string;
}

/** When the first round of a feed is published. */
const TIME = 1_700_000_000_000;
const ORIGIN = 'localhost:8420';
const MEMBER = 'acme';
const CHANNELS = ['csam', 'tvec'] as const;

/**
 * A hub over HTTP, real in everything a member can see: tokens against signed assertions, tickets, signed notes, tiles, packs,
 * promises and proofs. A test says what it is to do wrong.
 */
export class TestHub {
  readonly origin = ORIGIN;
  readonly promiseKey: SigningKey = generateSigningKey();
  readonly log = new TestLog(`${ORIGIN}/log`);
  readonly feeds = new Map(CHANNELS.map((channel) => [channel as string, new TestFeed(ORIGIN, channel)]));
  readonly submissions: TestSubmissions;
  /** Paths asked for, tickets left out. */
  readonly requests: string[] = [];
  intercept: Intercept | null = null;
  private readonly tickets = new Map<string, string>();
  /** Tokens with the thumbprints they are bound to. */
  private readonly tokens = new Map<string, string>();
  private readonly usedProofs = new Set<string>();
  /** What the API asks to be made part of proofs, if anything. */
  nonce: string | null = null;
  private authKey: SigningKey | null = null;
  private signingKey: SigningKey | null = null;

  private constructor(
    private readonly server: Server,
    readonly baseUrl: string,
    readonly directory: string,
  ) {
    this.submissions = new TestSubmissions(
      ORIGIN,
      this.log,
      this.promiseKey,
      () => this.signingKey!.publicKey,
    );
    const jwk = JSON.parse(this.promiseKey.publicKey.jwk) as PublicJwk;
    this.log.append(
      encodeStatement({ kind: 'hub', time: 1, origin: ORIGIN, keys: [{ purpose: 'promise', jwk }] }),
    );
  }

  static async start(): Promise<TestHub> {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const directory = await mkdtemp(join(tmpdir(), 'cairn-client-'));
    const hub = new TestHub(server, `http://127.0.0.1:${port}`, directory);
    server.on('request', (request, response) => void hub.answer(request, response));
    return hub;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    await rm(this.directory, { recursive: true, force: true });
  }

  get feed(): TestFeed {
    return this.feeds.get('csam')!;
  }

  get home(): string {
    return join(this.directory, 'home');
  }

  get store(): string {
    return join(this.directory, 'store');
  }

  policy(): string {
    const feeds = [...this.feeds.values()].map(({ log }) => log.policyLine(this.baseUrl));
    return [this.log.policyLine(this.baseUrl), ...feeds, 'quorum none\n'].join('');
  }

  /** A member that is configured and whose keys are registered. */
  async member(): Promise<CairnClient> {
    const home = new MemberHome(this.home);
    await home.init({ policy: Buffer.from(this.policy()), member: MEMBER, replace: true });
    this.authKey ??= await home.createKey('auth');
    this.signingKey ??= await home.createKey('signing');
    return this.client();
  }

  /** The configured member once more, as another process would open it. */
  client(http: HttpOptions = {}): Promise<CairnClient> {
    return CairnClient.open({ home: this.home, http: { ...this.http, ...http } });
  }

  /** What the member has pinned. */
  async pinned(): Promise<HubPolicy> {
    return (await new MemberHome(this.home).load()).hub;
  }

  /** Impatient: tests do not wait. */
  readonly http: HttpOptions = { sleep: async () => undefined, timeoutMs: 20_000 };

  /** Takes every ticket back. */
  expireTickets(): void {
    this.tickets.clear();
  }

  /** Takes every token back. */
  expireTokens(): void {
    this.tokens.clear();
  }

  /**
   * Publishes the heads of all feeds in the provenance log, as a hub does each minute in which one grew.
   *
   * @param heads  what the statement says instead of the present head of a feed, by channel
   */
  announce(heads: Readonly<Record<string, PublishedHead>> = {}, time = TIME): void {
    const feeds = [...this.feeds].map(([feed, { log }]) => ({
      ...{ feed, size: log.size, root: toHex(log.root()) },
      ...heads[feed],
    }));
    this.log.append(encodeStatement({ kind: 'published', time, feeds }));
  }

  /** Lets time pass in the provenance log, in milliseconds after the first round of a feed. */
  tick(after: number): void {
    this.log.append(encodeStatement({ kind: 'tick', time: TIME + after }));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url!.replace(/^\/ticket\/[^/]+/, '');
    this.requests.push(path);
    try {
      if (await this.intercept?.(path, response, request)) return;
      if (path === '/oauth/token') return await this.giveToken(request, response);
      if (path === '/graphql') return await this.runGraphql(request, response);
      if (path.startsWith('/log/')) return send(response, await this.log.file(path.slice('/log/'.length)));
      await this.sendFeedFile(request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }

  private async giveToken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams((await readText(request)).toString());
    const verified = await verifyJsonJws({
      token: form.get('client_assertion'),
      typ: CLIENT_ASSERTION_TYP,
      key: this.authKey!.publicKey,
      maxBytes: 4096,
    });
    const good =
      verified.ok &&
      verified.claims['iss'] === MEMBER &&
      verified.claims['aud'] === this.baseUrl &&
      isRequest(form, this.baseUrl);
    if (!good) return sendJson(response, 401, { error: 'invalid_client' });
    const proof = await this.checkProof(request, '/oauth/token');
    if (proof === null) return sendJson(response, 400, { error: 'invalid_dpop_proof' });
    const token = randomBytes(16).toString('hex');
    this.tokens.set(token, proof.jkt);
    sendJson(response, 200, { access_token: token, token_type: 'DPoP', expires_in: 300, scope: 'cairn' });
  }

  private async runGraphql(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = JSON.parse((await readText(request)).toString()) as { query: string; variables: object };
    const text = request.headers.authorization?.replace('DPoP ', '') ?? '';
    const jkt = this.tokens.get(text);
    const proof =
      jkt === undefined ? null : await this.checkProof(request, '/graphql', { token: { text, jkt } });
    if (proof === null || (this.nonce !== null && proof.nonce !== this.nonce)) {
      if (this.nonce !== null) response.setHeader('dpop-nonce', this.nonce);
      return sendJson(response, 401, { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    }
    const result = await graphql({
      schema: hubSchema,
      source: body.query,
      variableValues: { ...body.variables },
      rootValue: {
        me: () => this.me(),
        feed: ({ id }: { id: string }) => this.describeFeed(id),
        submit: (args: { input: { manifest: string; entries: string } }) => this.submissions.submit(args),
        submission: (args: { jti: string }) => this.submissions.find(args),
      },
    });
    sendJson(response, result.errors === undefined ? 200 : 400, result);
  }

  /** The proof of a request, when it holds and is shown for the first time. */
  private async checkProof(
    request: IncomingMessage,
    path: string,
    more: Pick<ProofExpectation, 'token'> = {},
  ): Promise<CheckedProof | null> {
    const checked = await checkProof(request.headersDistinct['dpop'] ?? [], {
      method: 'POST',
      url: `${this.baseUrl}${path}`,
      now: Math.floor(Date.now() / 1000),
      ...more,
    });
    if (!checked.ok || this.usedProofs.has(checked.proof.jti)) return null;
    this.usedProofs.add(checked.proof.jti);
    return checked.proof;
  }

  private me(): object {
    const channels = CHANNELS.map((channel) => ({ channel, submit: true, receive: true, policy: POLICY }));
    const keys = [
      { thumbprint: this.authKey!.publicKey.kid, purpose: 'auth', active: true },
      { thumbprint: this.signingKey!.publicKey.kid, purpose: 'signing', active: true },
    ];
    return { member: MEMBER, name: 'Acme', kind: 'PLATFORM', status: 'ACTIVE', channels, keys };
  }

  private describeFeed(id: string): object {
    if (!this.feeds.has(id)) return { __typename: 'NotFound', code: 'NOT_FOUND', message: 'not found' };
    const ticket = randomBytes(16).toString('hex');
    this.tickets.set(ticket, id);
    return {
      __typename: 'Feed',
      ticket: {
        prefix: `/ticket/${ticket}`,
        cookie: `cairn_ticket_${id}=${ticket}`,
        expiresAt: new Date(Date.now() + 300_000).toISOString(),
      },
      policy: POLICY,
    };
  }

  private async sendFeedFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, ticket, channel, path] =
      /^(?:\/ticket\/([^/]+))?\/feed\/([^/]+)\/(.+)$/.exec(request.url!) ?? [];
    if (ticket === undefined) return send(response, null, 401);
    if (this.tickets.get(ticket) !== channel) return send(response, null, 403);
    send(response, await this.feeds.get(channel!)!.file(path!));
  }
}

const POLICY = {
  tlp: 'AMBER',
  types: ['md5', 'pdq', 'sha256'],
  labels: [
    { code: 1, label: 'a1' },
    { code: 2, label: 'b2' },
  ],
  corroboration: 2,
};

/** Sends bytes with their length, or a status without any. */
export function send(response: ServerResponse, bytes: Uint8Array | null, status = 404): void {
  if (bytes === null) response.writeHead(status).end('no\n');
  else response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

function isRequest(form: URLSearchParams, baseUrl: string): boolean {
  return (
    form.get('grant_type') === 'client_credentials' &&
    form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' &&
    form.get('scope') === 'cairn' &&
    form.get('resource') === `${baseUrl}/graphql`
  );
}

async function readText(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
