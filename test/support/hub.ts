import { randomBytes } from 'node:crypto';
import { RoundPublisher } from '#libs/feed';
import {
  IntakeFinaliser,
  SubmissionDecider,
  SubmissionReceiver,
  type HeadMismatch,
  type SubmissionResult,
} from '#libs/intake';
import { generateSigningKey, type SigningKey } from '#libs/keys';
import {
  CheckpointPublisher,
  createLog,
  LocalCheckpointSigner,
  provenanceOrigin,
  requestStatement,
  Sequencer,
} from '#libs/ledger';
import { findStanding } from '#libs/membership';
import type { Database, Enqueuer } from '#libs/platform';
import type { ChannelPolicy, PublicJwk } from '#libs/protocol';
import { TestMember, type TestBatch } from './member.js';
import { ChannelShortcuts, MemberShortcuts, type NewMember } from './membership-shortcuts.js';
import { MemorySignerRecord } from './memory-signer-record.js';
import { createTestDatabase, type TestDatabase } from './postgres.js';

export const POLICY: ChannelPolicy = {
  tlp: 'amber',
  types: ['md5', 'pdq', 'sha1', 'sha256'],
  labels: [
    { code: 1, label: 'a1' },
    { code: 2, label: 'b2' },
  ],
  corroboration: 2,
};

/** Rights in tests are given without a conformance run, unless that is what is tested. */
export const WAIVED = { withoutConformance: true } as const;

/** The parts of a hub on a real database, driven by hand instead of by queue and loops. */
export class TestHub {
  readonly origin = 'hub.test';
  readonly members: MemberShortcuts;
  readonly channels: ChannelShortcuts;
  readonly receiver: SubmissionReceiver;
  readonly decider: SubmissionDecider;
  readonly sequencer: Sequencer;
  readonly rounds: RoundPublisher;
  readonly checkpoints: CheckpointPublisher;
  readonly seed = randomBytes(32);
  readonly signerRecord = new MemorySignerRecord();
  readonly signer = new LocalCheckpointSigner(this.seed, this.signerRecord);
  readonly promiseKey: SigningKey = generateSigningKey();
  /** What the receiver said of heads that the log never had. */
  readonly headMismatches: HeadMismatch[] = [];
  private readonly ids = new Map<string, number>();

  private constructor(readonly databases: TestDatabase) {
    const { api, worker } = databases;
    // The queue is only a nudge: here the test decides when work is done.
    const nudge = { enqueue: () => Promise.resolve() } as unknown as Enqueuer;
    const options = {
      ...{ origin: this.origin, mergeDeadlineSeconds: 3600, promiseKey: this.promiseKey },
      onHeadMismatch: (met: HeadMismatch) => void this.headMismatches.push(met),
    };
    this.members = new MemberShortcuts(worker);
    this.channels = new ChannelShortcuts(worker);
    this.receiver = new SubmissionReceiver(api, nudge, options);
    this.decider = new SubmissionDecider(worker);
    this.sequencer = new Sequencer(worker, provenanceOrigin(this.origin), new IntakeFinaliser());
    this.rounds = new RoundPublisher(worker, this.origin);
    this.checkpoints = new CheckpointPublisher(worker, this.signer);
  }

  /** A hub with its founding statement and, unless told otherwise, the channel `csam`. */
  static async create(channels: readonly string[] = ['csam']): Promise<TestHub> {
    return TestHub.on(await createTestDatabase(), channels);
  }

  /** The same on a given database. */
  static async on(databases: TestDatabase, channels: readonly string[] = ['csam']): Promise<TestHub> {
    const hub = new TestHub(databases);
    const jwk = JSON.parse(hub.promiseKey.publicKey.jwk) as PublicJwk;
    await hub.databases.admin.transaction('found-hub', 'system:test', async (tx) => {
      await createLog(tx, provenanceOrigin(hub.origin), null);
      await requestStatement(tx, 'hub', {
        kind: 'hub',
        origin: hub.origin,
        keys: [{ purpose: 'promise', jwk }],
      });
    });
    for (const channel of channels) must(await hub.channels.create('system:test', channel, POLICY));
    await hub.settle();
    return hub;
  }

  get worker(): Database {
    return this.databases.worker;
  }

  /** Admits a member with a signing key and rights on the given channels. */
  async admit(name: string, more: Partial<NewMember> = {}, channels = ['csam']): Promise<TestMember> {
    const member = new TestMember(name, this.origin);
    const facts = { member: name, name, kind: 'platform', group: name, accredited: false, ...more } as const;
    must(await this.members.admit('system:test', facts));
    const jwk: unknown = JSON.parse(member.signing.publicKey.jwk);
    must(await this.members.addKey('system:test', name, 'signing', jwk));
    for (const channel of channels) {
      must(
        await this.channels.setRight('system:test', name, channel, { submit: true, receive: true }, WAIVED),
      );
    }
    await this.settle();
    return member;
  }

  async receive(member: TestMember, batch: TestBatch): Promise<SubmissionResult> {
    const { manifest, entries } = batch;
    return this.receiver.receive({
      memberId: await this.idOf(member),
      member: member.name,
      manifest,
      entries,
    });
  }

  /** Id of the member's row; one that no member has, when it was never admitted. */
  async idOf({ name }: Pick<TestMember, 'name'>): Promise<number> {
    const kept = this.ids.get(name);
    if (kept !== undefined) return kept;
    const standing = await this.worker.read('find-member', 'system:test', (tx) => findStanding(tx, name));
    if (standing === null) return 999_999_999;
    this.ids.set(name, standing.id);
    return standing.id;
  }

  /** Decides whatever is undecided, in the order of ids. */
  async decideAll(): Promise<void> {
    const due = await this.worker.read('find-undecided', 'system:test', (tx) =>
      tx.query<{ id: string }>(`SELECT id::text FROM cairn.submission WHERE state = 'received' ORDER BY id`),
    );
    for (const { id } of due) await this.decider.decide(id);
  }

  /** Does all work there is, until the hub is at rest. */
  async settle(): Promise<void> {
    await this.decideAll();
    while ((await this.sequencer.sequence()) > 0 || (await this.rounds.publish()));
    const refused = await this.checkpoints.publish();
    if (refused.length > 0) throw new Error(refused.map((log) => log.detail).join('; '));
  }

  /** Keys that the feed of a channel holds, in hex, ascending. */
  async held(channel: string, type: number): Promise<string[]> {
    const rows = await this.worker.read('held', 'system:test', (tx) =>
      tx.query<{ key: string }>(
        `SELECT encode(r.key, 'hex') AS key FROM cairn.record r JOIN cairn.channel c ON c.id = r.channel_id
          WHERE c.name = $1 AND r.type_code = $2 AND r.metadata IS NOT NULL ORDER BY r.key`,
        [channel, type],
      ),
    );
    return rows.map((row) => row.key);
  }

  async drop(): Promise<void> {
    await this.databases.drop();
  }
}

/** Fails the test when an administrative act was refused. */
export function must(result: { ok: boolean }): void {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result)}`);
}
