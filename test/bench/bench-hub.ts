import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSigningKey } from '#libs/keys';
import { bootstrapStaff } from '#libs/membership';
import {
  freePort,
  loadConfig,
  loginIssuer,
  loopbackUrl,
  readServerProcess,
  withClient,
} from '#libs/platform';
import { BoundToken } from '#test/bound-token';
import { admin, joinHub, onHub } from '#test/command-line';
import { TestMember, type TestBatch } from '#test/member';
import { startProcess, type TestProcess } from '#test/processes';
import { loggedIn } from '../e2e/cli-session.js';

export const CHANNEL = 'bench';

/** A member of the hub under measurement. */
export interface BenchMember {
  home: string;
  author: TestMember;
  token: BoundToken;
  /** When the token was given, Unix milliseconds. */
  since: number;
}

/** A token lives for five minutes. */
const RENEWED_AFTER_MS = 4 * 60_000;

/** A real hub of three processes on this machine, with fsync and synchronous commit on. */
export class BenchHub {
  private constructor(
    readonly directory: string,
    readonly env: Record<string, string>,
    readonly process: TestProcess,
  ) {}

  static async start(): Promise<BenchHub> {
    const directory = mkdtempSync(join(tmpdir(), 'cairn-bench-'));
    const port = await freePort();
    const env = { CAIRN_DATA_DIR: join(directory, 'hub'), CAIRN_PORT: String(port), CAIRN_LOG_LEVEL: 'warn' };
    const hub = new BenchHub(directory, env, await startProcess('hub', env));
    await admin(env, 'channel', 'create', CHANNEL);
    return hub;
  }

  /** URL of a database of the hub's own server, as its superuser. */
  databaseUrl(database: string): string {
    const postgres = join(this.env['CAIRN_DATA_DIR']!, 'postgres');
    const password = readFileSync(join(postgres, 'superuser-password'), 'utf8').trim();
    return loopbackUrl('postgres', password, readServerProcess(join(postgres, 'data'))!.port, database);
  }

  /** Makes the database write what it owes to its files now, so that what is measured next does not pay for it. */
  async checkpointDatabase(): Promise<void> {
    await withClient(this.databaseUrl('postgres'), {}, (client) => client.query('CHECKPOINT'));
  }

  async join(name: string): Promise<BenchMember> {
    const home = await joinHub(this.env, this.directory, name, CHANNEL);
    const signing = await loadSigningKey(join(home, 'keys', 'signing.jwk'));
    const author = new TestMember(name, `localhost:${this.env['CAIRN_PORT']}`, signing);
    return { home, author, token: await this.token(home, name), since: Date.now() };
  }

  /** Home of an auditor, who is logged in. */
  async auditor(): Promise<string> {
    const issuer = loginIssuer(loadConfig(this.env));
    const give = (['approver', 'vetter', 'auditor'] as const).map((role) => {
      const subject = { approver: 'alice', vetter: 'vera', auditor: 'ada' }[role];
      return { role, identity: { issuer, subject } };
    });
    await onHub(this.env, (database) => bootstrapStaff(database, 'system:test', { invite: [], give }));
    return loggedIn(this.process, join(this.directory, 'auditor'), 'ada');
  }

  async token(home: string, name: string): Promise<BoundToken> {
    return BoundToken.request(this.process.url, name, await loadSigningKey(join(home, 'keys', 'auth.jwk')));
  }

  async graphql<T>(token: BoundToken, query: string, variables: object): Promise<T> {
    const answer = await token.post(JSON.stringify({ query, variables }));
    const { data, errors } = (await answer.json()) as { data: T; errors?: { message: string }[] };
    if (errors !== undefined) throw new Error(errors.map((error) => error.message).join('; '));
    return data;
  }

  /** The member's token, another when it ends soon. */
  private async freshToken(member: BenchMember): Promise<BoundToken> {
    if (Date.now() - member.since < RENEWED_AFTER_MS) return member.token;
    member.since = Date.now();
    member.token = await this.token(member.home, member.author.name);
    return member.token;
  }

  async submit(member: BenchMember, { manifest, entries }: TestBatch): Promise<void> {
    const mutation = `mutation S($input: SubmitInput!) { submit(input: $input) { __typename ... on SubmissionRefused { code rule } } }`;
    const input = { manifest, entries: entries.toString() };
    const { submit } = await this.graphql<{ submit: { __typename: string } }>(
      await this.freshToken(member),
      mutation,
      { input },
    );
    if (submit.__typename !== 'SubmissionReceipt') throw new Error(`refused: ${JSON.stringify(submit)}`);
  }

  /** Size of the signed feed and records it holds. */
  async feed(member: BenchMember): Promise<{ size: number; records: number }> {
    const query = `query F($id: ID!) { feed(id: $id) { ... on Feed { size types { records } } } }`;
    const { feed } = await this.graphql<{ feed: { size: number; types: { records: number }[] } }>(
      await this.freshToken(member),
      query,
      { id: CHANNEL },
    );
    return { size: feed.size, records: feed.types.reduce((sum, type) => sum + type.records, 0) };
  }

  async stop(): Promise<void> {
    await this.process.kill('SIGINT');
    rmSync(this.directory, { recursive: true, force: true });
  }
}
