import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareHub } from '#apps/hub/src/prepare-hub';
import { RoundPublisher } from '#libs/feed';
import { IntakeFinaliser } from '#libs/intake';
import { generateSigningKey, loadSeed, type SigningKey } from '#libs/keys';
import { provenanceOrigin, Sequencer } from '#libs/ledger';
import {
  type Config,
  type Database,
  type EmbeddedPostgres,
  freePort,
  loadConfig,
  migrate,
  openDatabase,
  openOwnerDatabase,
  startEmbeddedPostgres,
  withClient,
} from '#libs/platform';
import { MIGRATIONS } from '#migrations';
import { ArmedProcess } from './armed-process.js';
import { must, POLICY } from './hub.js';
import { type TestBatch, TestMember } from './member.js';
import { MemberSession } from './member-session.js';
import { ChannelShortcuts, MemberShortcuts } from './membership-shortcuts.js';
import { runDirectory } from './run-directory.js';
import type { WireReceipt } from './submission-load.js';

const DATABASE = 'cairn';
const ADMIN = 'system:test';

/** A hub of real processes on a database server of its own, with fsync on, all of which can be killed. */
export class CrashHub {
  private readonly processes: ArmedProcess[] = [];
  private readonly sessions = new Map<string, MemberSession>();
  private server: EmbeddedPostgres;

  private constructor(
    readonly config: Config,
    private readonly env: Record<string, string>,
    server: EmbeddedPostgres,
    private readonly urls: { api: string; worker: string },
    /** The worker's login. */
    readonly database: Database,
  ) {
    this.server = server;
  }

  /** Founds a hub with one channel, `csam`, whose API will listen on a port of its own; `more` are settings put over its own. */
  static async found(queueUrl: string | undefined, more: Record<string, string> = {}): Promise<CrashHub> {
    const dataDir = mkdtempSync(join(runDirectory(), 'crash-'));
    const port = await freePort();
    const env = {
      CAIRN_DATA_DIR: dataDir,
      CAIRN_PORT: String(port),
      CAIRN_ORIGIN: `localhost:${port}`,
      CAIRN_PUBLIC_URL: `http://127.0.0.1:${port}`,
      CAIRN_CHECKPOINT_INTERVAL_MS: '100',
      CAIRN_LOG_LEVEL: 'warn',
      ...(queueUrl === undefined ? {} : { CAIRN_QUEUE_URL: queueUrl }),
      ...more,
    };
    const config = loadConfig(env);
    const server = await startEmbeddedPostgres({ directory: join(dataDir, 'postgres') });
    await withClient(server.url('postgres'), {}, (client) => client.query(`CREATE DATABASE ${DATABASE}`));
    const adminUrl = server.url(DATABASE);
    const rolesFile = config.databaseRolesFile;
    const { apiUrl, workerUrl } = await migrate({ adminUrl, migrations: MIGRATIONS, rolesFile });
    const owner = await openOwnerDatabase(adminUrl);
    await prepareHub(config, owner);
    await owner.close();
    const database = await openDatabase({ url: workerUrl, max: 4 });
    const hub = new CrashHub(config, env, server, { api: apiUrl, worker: workerUrl }, database);
    must(await new ChannelShortcuts(database).create(ADMIN, 'csam', POLICY));
    await hub.advance();
    await hub.startSigner();
    return hub;
  }

  get origin(): string {
    return this.config.origin;
  }

  async checkpointSeed(): Promise<Uint8Array> {
    return loadSeed(join(this.config.dataDir, 'keys', 'checkpoint.seed'));
  }

  /** Admits members who may submit. */
  async admit(names: readonly string[]): Promise<TestMember[]> {
    const members = names.map((name) => new TestMember(name, this.origin));
    const administration = new MemberShortcuts(this.database);
    for (const { name, signing } of members) {
      const auth = generateSigningKey();
      const facts = { member: name, name, kind: 'platform', group: name, accredited: false } as const;
      must(await administration.admit(ADMIN, facts));
      for (const [purpose, { publicKey }] of [
        ['signing', signing],
        ['auth', auth],
      ] as const) {
        const jwk: unknown = JSON.parse(publicKey.jwk);
        must(await administration.addKey(ADMIN, name, purpose, jwk));
      }
      this.sessions.set(name, new MemberSession(this.config.publicUrl, name, auth));
      await this.giveRight(name);
    }
    await this.advance();
    return members;
  }

  /** Submits as a member does, with a token, over GraphQL. */
  submit({ name }: TestMember, batch: TestBatch): Promise<WireReceipt> {
    return this.sessions.get(name)!.submit(batch);
  }

  /** The key that a member authenticates with. */
  authKeyOf({ name }: TestMember): SigningKey {
    return this.sessions.get(name)!.auth;
  }

  /** An operator's act: a statement, though it changes nothing when the right was there before. */
  async giveRight(member: string): Promise<void> {
    const right = { submit: true, receive: true };
    must(
      await new ChannelShortcuts(this.database).setRight(ADMIN, member, 'csam', right, {
        withoutConformance: true,
      }),
    );
  }

  /** Loads a process; it dies at the named fault point when it reaches it for the given time, if any. */
  spawn(application: 'api' | 'worker' | 'signer', faultPoint?: string, time = 1): ArmedProcess {
    const armed = faultPoint === undefined ? undefined : { CAIRN_FAULT_POINTS: `${faultPoint}=${time}` };
    return this.load(application, armed);
  }

  /** Starts the process that signs; like the others it can be killed. */
  async startSigner(faultPoint?: string): Promise<ArmedProcess> {
    const signer = this.spawn('signer', faultPoint);
    await signer.go();
    await signer.ready();
    return signer;
  }

  /** Loads another API for the same public URL, listening on `host`. */
  async spawnBeside(host: string): Promise<ArmedProcess> {
    return this.load('api', { CAIRN_HOST: host, CAIRN_PORT: String(await freePort()) });
  }

  private load(application: 'api' | 'worker' | 'signer', more: Record<string, string> = {}): ArmedProcess {
    const process = ArmedProcess.spawn(['./standby.js', application], {
      ...this.env,
      ...(application === 'signer' ? {} : { CAIRN_DATABASE_URL: this.urls[application] }),
      CAIRN_FAULT_LOG: this.faultLog,
      ...more,
    });
    this.processes.push(process);
    return process;
  }

  /** Names of the fault points that killed a process, in order. */
  deaths(): string[] {
    appendFileSync(this.faultLog, '');
    return readFileSync(this.faultLog, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Ends the database server as a power cut would and starts it again on the same port. */
  async crashDatabase(): Promise<void> {
    const { pid, port } = this.server;
    process.kill(pid, 'SIGKILL');
    await this.server.ended;
    this.server = await startEmbeddedPostgres({ directory: join(this.config.dataDir, 'postgres'), port });
  }

  /** One row of a query. */
  async row<Row extends object>(sql: string): Promise<Row> {
    const rows = await this.database.read('ask', ADMIN, (tx) => tx.query<Row>(sql));
    return rows[0]!;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.filter((each) => !each.hasEnded).map((each) => each.kill('SIGKILL')));
    await this.database.close();
    await this.server.stop();
  }

  private get faultLog(): string {
    return join(this.config.dataDir, 'faults.log');
  }

  /** Logs and applies what was asked for, while no worker runs. */
  private async advance(): Promise<void> {
    const sequencer = new Sequencer(this.database, provenanceOrigin(this.origin), new IntakeFinaliser());
    const rounds = new RoundPublisher(this.database, this.origin);
    while ((await sequencer.sequence()) > 0 || (await rounds.publish()));
  }
}
