import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createDpopProof,
  generateSigningKey,
  loadOrCreateSeed,
  loadOrCreateSigningKey,
  signCompactJws,
  type SigningKey,
} from '#libs/keys';
import { RoundPublisher } from '#libs/feed';
import { IntakeFinaliser, SubmissionDecider } from '#libs/intake';
import {
  CheckpointPublisher,
  createLog,
  LocalCheckpointSigner,
  provenanceOrigin,
  requestStatement,
  Sequencer,
} from '#libs/ledger';
import {
  createLogger,
  freePort,
  loadConfig,
  type Config,
  type RunningProcess,
  type Database,
} from '#libs/platform';
import { startHttpApplication } from '#libs/platform/nest';
import { linesRoot, MANIFEST_TYP, type ChannelPolicy, type MemberKind, type PublicJwk } from '#libs/protocol';
import { ChannelShortcuts, MemberShortcuts } from '#test/membership-shortcuts';
import { MemorySignerRecord } from '#test/memory-signer-record';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { BoundToken } from '#test/bound-token';
import { tokenForm } from '#test/token-form';
import { ApiModule, configureApi } from '#apps/api/src/api.module';

const OPERATOR = 'system:test';
const BODY_LIMIT = 10 * 1024 * 1024;

export const POLICY: ChannelPolicy = {
  tlp: 'amber',
  types: ['md5', 'pdq', 'sha256'],
  labels: [
    { code: 1, label: 'csam' },
    { code: 2, label: 'grooming' },
  ],
  corroboration: 2,
};

/** A member with its keys, as a client has them. */
export interface TestMember {
  readonly name: string;
  readonly auth: SigningKey;
  readonly signing: SigningKey;
}

/** What a GraphQL request was answered with. */
export interface GraphqlAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    data?: any;
    errors?: { message: string; extensions: { code: string; requestId: string } }[];
  };
}

/** A hub whose API runs in this process, on a database of its own; what the worker does is done by `settle`. */
export class TestHub {
  private readonly signer: LocalCheckpointSigner;

  private constructor(
    readonly config: Config,
    readonly database: TestDatabase,
    readonly promiseKey: SigningKey,
    readonly tokenKey: SigningKey,
    readonly ticketSecret: Uint8Array,
    readonly checkpointSeed: Uint8Array,
    /** Every line that the API logged. */
    readonly log: string[],
    private readonly running: RunningProcess,
  ) {
    this.signer = new LocalCheckpointSigner(checkpointSeed, new MemorySignerRecord());
  }

  static async start(): Promise<TestHub> {
    const database = await createTestDatabase();
    const dataDir = mkdtempSync(join(tmpdir(), 'cairn-api-'));
    const keys = join(dataDir, 'keys');
    mkdirSync(keys, { mode: 0o700 });
    const promiseKey = await loadOrCreateSigningKey(join(keys, 'promise.jwk'));
    const tokenKey = await loadOrCreateSigningKey(join(keys, 'token.jwk'));
    const ticketSecret = await loadOrCreateSeed(join(keys, 'ticket.secret'));
    const config = loadConfig({
      CAIRN_PORT: String(await freePort()),
      CAIRN_ORIGIN: 'hub.test',
      CAIRN_DATA_DIR: dataDir,
      CAIRN_DATABASE_URL: database.apiUrl,
      CAIRN_DATABASE_POOL: '8',
    });
    const log: string[] = [];
    const logger = createLogger({
      name: 'api',
      level: 'debug',
      destination: { write: (line) => log.push(line) },
    });
    await found(database, config.origin, promiseKey, tokenKey);
    const running = await startHttpApplication(ApiModule.forRoot({ config, log: logger }), {
      port: config.port,
      log: logger,
      bodyLimit: BODY_LIMIT,
      configure: configureApi,
    });
    const seed = randomBytes(32);
    return new TestHub(config, database, promiseKey, tokenKey, ticketSecret, seed, log, running);
  }

  get url(): string {
    return this.config.publicUrl;
  }

  async close(): Promise<void> {
    await this.running.close();
    await this.database.drop();
    rmSync(this.config.dataDir, { recursive: true, force: true });
  }

  /** The worker's login. */
  get worker(): Database {
    return this.database.worker;
  }

  get members(): MemberShortcuts {
    return new MemberShortcuts(this.database.worker);
  }

  get channels(): ChannelShortcuts {
    return new ChannelShortcuts(this.database.worker);
  }

  async createChannel(name: string, policy: ChannelPolicy = POLICY): Promise<void> {
    must(await this.channels.create(OPERATOR, name, policy));
  }

  async admit(name: string, kind: MemberKind = 'platform'): Promise<TestMember> {
    const member = { name, auth: generateSigningKey(), signing: generateSigningKey('ES256') };
    must(
      await this.members.admit(OPERATOR, {
        member: name,
        name: name.toUpperCase(),
        kind,
        group: name,
        accredited: kind === 'hotline',
      }),
    );
    must(await this.members.addKey(OPERATOR, name, 'auth', JSON.parse(member.auth.publicKey.jwk)));
    must(await this.members.addKey(OPERATOR, name, 'signing', JSON.parse(member.signing.publicKey.jwk)));
    return member;
  }

  async allow(
    member: TestMember,
    channel: string,
    right: { submit: boolean; receive: boolean },
  ): Promise<void> {
    must(await this.channels.setRight(OPERATOR, member.name, channel, right, { withoutConformance: true }));
  }

  async revoke(member: TestMember, key: SigningKey): Promise<void> {
    must(await this.members.revokeKey(OPERATOR, member.name, key.publicKey.kid, 'lost', null));
  }

  async suspend(member: TestMember): Promise<void> {
    must(await this.members.setStatus(OPERATOR, member.name, 'suspended'));
  }

  async decide(): Promise<void> {
    const due = await this.database.worker.read('find-due', 'system:worker', (tx) =>
      tx.query<{ id: string }>(`SELECT id::text FROM cairn.submission WHERE state = 'received' ORDER BY id`),
    );
    for (const { id } of due) await new SubmissionDecider(this.database.worker).decide(id);
  }

  async sequence(): Promise<void> {
    const { worker } = this.database;
    const sequencer = new Sequencer(worker, provenanceOrigin(this.config.origin), new IntakeFinaliser());
    while ((await sequencer.sequence()) > 0);
  }

  async project(): Promise<void> {
    const publisher = new RoundPublisher(this.database.worker, this.config.origin);
    while (await publisher.publish());
  }

  async sign(): Promise<void> {
    const refused = await new CheckpointPublisher(this.database.worker, this.signer).publish();
    if (refused.length > 0) throw new Error(`not signed: ${refused[0]!.detail}`);
  }

  /** Does whatever the worker would do, until there is nothing to do. */
  async settle(): Promise<void> {
    await this.decide();
    await this.sequence();
    await this.project();
    await this.sign();
  }

  /** Asks for a token with exactly these form fields, and with a proof unless `headers` say otherwise. */
  async requestToken(
    form: Record<string, string> | [string, string][],
    headers: Record<string, string> = {},
  ) {
    const url = `${this.url}/oauth/token`;
    const dpop = await createDpopProof({ key: generateSigningKey(), method: 'POST', url });
    return fetch(url, { method: 'POST', body: new URLSearchParams(form), headers: { dpop, ...headers } });
  }

  tokenForm(assertion: string): Record<string, string> {
    return tokenForm(this.url, assertion);
  }

  token(member: TestMember): Promise<BoundToken> {
    return BoundToken.request(this.url, member.name, member.auth);
  }

  async graphql(
    caller: TestMember | null,
    query: string,
    variables: Record<string, unknown> = {},
  ): Promise<GraphqlAnswer> {
    const headers = caller === null ? {} : await (await this.keptToken(caller)).headers();
    return this.post(JSON.stringify({ query, variables }), headers);
  }

  private readonly tokens = new Map<TestMember, Promise<BoundToken>>();

  /** The token that requests of a member are made with. */
  keptToken(member: TestMember): Promise<BoundToken> {
    const token = this.tokens.get(member) ?? this.token(member);
    this.tokens.set(member, token);
    return token;
  }

  async post(body: string, headers: Record<string, string> = {}): Promise<GraphqlAnswer> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
    const text = await response.text();
    const answer = text === '' ? {} : (JSON.parse(text) as GraphqlAnswer['body']);
    return { status: response.status, headers: response.headers, body: answer };
  }

  /** Sends entries as a member does; what `change` gives replaces claims of the manifest. */
  async submit(
    member: TestMember,
    channel: string,
    entries: readonly object[],
    change: object = {},
  ): Promise<GraphqlAnswer> {
    const text = ndjson(entries);
    const manifest = await this.manifest(member, channel, text, change);
    return this.send(member, manifest, text);
  }

  async manifest(member: TestMember, channel: string, text: string, change: object = {}): Promise<string> {
    return signCompactJws({
      typ: MANIFEST_TYP,
      key: member.signing,
      payload: { ...this.claims(member, channel, text), ...change },
    });
  }

  claims(member: TestMember, channel: string, text: string): Record<string, unknown> {
    const lines = text.split('\n').slice(0, -1);
    return {
      iss: member.name,
      aud: this.config.origin,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      channel,
      attribution: 'anonymous',
      count: lines.length,
      root: linesRoot(lines.map((line) => Buffer.from(line))),
      head: null,
    };
  }

  async send(member: TestMember, manifest: string, entries: string): Promise<GraphqlAnswer> {
    return this.graphql(member, SUBMIT, { input: { manifest, entries } });
  }
}

/** A hub with two channels: alice may submit to and receive csam, and receive tvec; silent may only submit to csam. */
export async function startWithSubmitters(): Promise<{
  hub: TestHub;
  alice: TestMember;
  silent: TestMember;
}> {
  const hub = await TestHub.start();
  await hub.createChannel('csam');
  await hub.createChannel('tvec');
  const alice = await hub.admit('alice');
  const silent = await hub.admit('silent');
  await hub.allow(alice, 'csam', { submit: true, receive: true });
  await hub.allow(alice, 'tvec', { submit: false, receive: true });
  await hub.allow(silent, 'csam', { submit: true, receive: false });
  await hub.settle();
  return { hub, alice, silent };
}

export const SUBMIT = `mutation ($input: SubmitInput!) { submit(input: $input) {
  __typename
  ... on SubmissionReceipt { jti digest receivedAt deadline counter promise }
  ... on SubmissionRefused { code message field rule line } } }`;

/** What `SUBMIT` was answered with. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export function answered({ body }: GraphqlAnswer): any {
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.submit;
}

/** How much a hub has stored of whatever a submission could leave behind. */
export async function countStored({ database }: TestHub): Promise<Record<string, number>> {
  const [row] = await database.admin.read('count', 'system:test', (tx) =>
    tx.query<Record<string, number>>(
      `SELECT (SELECT count(*) FROM cairn.submission)::integer AS submissions,
              (SELECT count(*) FROM cairn.signal)::integer AS signals,
              (SELECT count(*) FROM cairn.pending_statement)::integer AS statements,
              (SELECT coalesce(sum(received), 0) FROM cairn.submission_counter)::integer AS counters`,
    ),
  );
  return row!;
}

export function ndjson(entries: readonly object[]): string {
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
}

/** An entry that asserts a value. */
export function assertion(type: string, value: string, more: object = {}): object {
  return { op: 'assert', type, value, salt: randomBytes(16).toString('hex'), ...more };
}

/** An entry that takes it back. */
export function retraction(type: string, value: string, more: object = {}): object {
  return { op: 'retract', type, value, salt: randomBytes(16).toString('hex'), ...more };
}

export function randomValue(bytes = 32): string {
  return randomBytes(bytes).toString('hex');
}

async function found(
  database: TestDatabase,
  origin: string,
  promiseKey: SigningKey,
  tokenKey: SigningKey,
): Promise<void> {
  const jwk = (key: SigningKey): PublicJwk => JSON.parse(key.publicKey.jwk) as PublicJwk;
  await database.admin.transaction('found-hub', OPERATOR, async (tx) => {
    await createLog(tx, provenanceOrigin(origin), null);
    await requestStatement(tx, 'hub', {
      kind: 'hub',
      origin,
      keys: [
        { purpose: 'promise', jwk: jwk(promiseKey) },
        { purpose: 'token', jwk: jwk(tokenKey) },
      ],
    });
  });
}

function must(result: { ok: boolean; rule?: string }): void {
  if (!result.ok) throw new Error(`refused: ${result.rule}`);
}
