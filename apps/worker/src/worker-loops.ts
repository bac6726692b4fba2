import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Logger } from 'pino';
import { forgetEndedSessions, forgetExpiredAssertions, forgetUsedProofs } from '#libs/access/upkeep';
import { announceFeeds, forgetFeedAccess, HorizonMover, HorizonsFailed, RoundPublisher } from '#libs/feed';
import { IntakeSweeper } from '#libs/intake';
import { CheckpointPublisher, PENDING_CHANNEL, type RefusedLog, Sequencer } from '#libs/ledger';
import {
  ApplicationChecker,
  KEYS_CHANNEL,
  KeySetFetcher,
  KeyStatements,
  type OutboxSender,
  sweepMemberships,
} from '#libs/membership';
import { type Config, CONFIG, Database, Listener, LOGGER, WakeLoop } from '#libs/platform';
import { Metrics } from '#libs/platform/nest';
import { announceAudit, makeState, purgeErased } from '#libs/provenance';
import { requestDueTick } from '#libs/signals';

const PIPELINE_INTERVAL_MS = 250;
const SWEEP_INTERVAL_MS = 5_000;
const MEMBERSHIP_INTERVAL_MS = 60_000;
const ACCESS_HISTORY_INTERVAL_MS = 3_600_000;
const KEYS_INTERVAL_MS = 1_000;
const AUDIT_AGAIN_MS = 60_000;
const STATE_INTERVAL_MS = 60_000;

/** Injection token of the `OutboxSender`, or of null without a mail server. */
export const OUTBOX = Symbol('OutboxSender');

interface LoopSettings {
  readonly name: string;
  readonly intervalMs: number;
  readonly restMs?: number;
}

/**
 * The loops of the worker: sequence, publish, sign, announce, state what follows from the log, sweep, check applicants, send mail, state keys, and move memberships on when something falls due. Each
 * wakes the next, and under load they work side by side. Each may run in several processes at once: row locks order them, and whoever comes
 * second finds nothing left to do.
 */
@Injectable()
export class WorkerLoops implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loops: WakeLoop[] = [];
  private audited = false;
  private nextAudit = 0;
  private signerAway = false;

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(LOGGER) private readonly log: Logger,
    @Inject(Database) private readonly database: Database,
    @Inject(Listener) private readonly listener: Listener,
    @Inject(Sequencer) private readonly sequencer: Sequencer,
    @Inject(RoundPublisher) private readonly rounds: RoundPublisher,
    @Inject(HorizonMover) private readonly horizons: HorizonMover,
    @Inject(CheckpointPublisher) private readonly checkpoints: CheckpointPublisher,
    @Inject(IntakeSweeper) private readonly sweeper: IntakeSweeper,
    @Inject(ApplicationChecker) private readonly checker: ApplicationChecker,
    @Inject(KeyStatements) private readonly keyStatements: KeyStatements,
    @Inject(KeySetFetcher) private readonly keySets: KeySetFetcher,
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(OUTBOX) outbox: OutboxSender | null,
  ) {
    const { checkpointIntervalMs, publishedIntervalMs } = this.config;
    // No log gets more than one checkpoint in an interval, but the first after a quiet time at once.
    const signing = this.add(
      { name: 'checkpoints', intervalMs: checkpointIntervalMs, restMs: checkpointIntervalMs },
      () => this.sign(),
    );
    const publishing = this.add({ name: 'publisher', intervalMs: PIPELINE_INTERVAL_MS }, () =>
      this.publish(signing),
    );
    const sequencing = this.add({ name: 'sequencer', intervalMs: PIPELINE_INTERVAL_MS }, () =>
      this.sequence(publishing),
    );
    this.add({ name: 'horizons', intervalMs: SWEEP_INTERVAL_MS }, () => this.moveHorizons(signing));
    this.add({ name: 'announcements', intervalMs: publishedIntervalMs }, () => this.announce());
    // With millions of signals it takes minutes, so this is a loop of its own.
    this.add({ name: 'states', intervalMs: STATE_INTERVAL_MS }, () => this.state());
    this.add({ name: 'erasures', intervalMs: SWEEP_INTERVAL_MS }, () => this.erase());
    this.add({ name: 'sweeper', intervalMs: SWEEP_INTERVAL_MS }, () => this.sweep());
    this.add({ name: 'access-history', intervalMs: ACCESS_HISTORY_INTERVAL_MS }, () => this.forgetAccess());
    this.add({ name: 'memberships', intervalMs: MEMBERSHIP_INTERVAL_MS }, () => this.sweepMemberships());
    // Answers of others may be slow, so this is a loop of its own.
    this.add({ name: 'application-checks', intervalMs: SWEEP_INTERVAL_MS }, () => this.checker.run());
    if (outbox !== null) this.add({ name: 'outbox', intervalMs: SWEEP_INTERVAL_MS }, () => outbox.run());
    const keys = this.add({ name: 'keys', intervalMs: KEYS_INTERVAL_MS }, () => this.stateKeys());
    this.add({ name: 'key-sets', intervalMs: SWEEP_INTERVAL_MS }, () => this.readKeySets());
    this.listener.on(PENDING_CHANNEL, () => sequencing.wake());
    this.listener.on(KEYS_CHANNEL, () => keys.wake());
  }

  onApplicationBootstrap(): void {
    for (const loop of this.loops) loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.loops.map((loop) => loop.stop()));
  }

  private add({ name, ...timing }: LoopSettings, round: () => Promise<boolean>): WakeLoop {
    const onError = (err: unknown): void =>
      this.log.error({ err, loop: name }, 'a loop failed and tries again');
    const loop = new WakeLoop({ ...timing, round, onError });
    this.loops.push(loop);
    return loop;
  }

  private async sequence(publishing: WakeLoop): Promise<boolean> {
    const sequenced = await this.sequencer.sequence();
    if (sequenced > 0) publishing.wake();
    return sequenced > 0;
  }

  private async publish(signing: WakeLoop): Promise<boolean> {
    const published = await this.rounds.publish();
    if (published) signing.wake();
    return published;
  }

  private async moveHorizons(signing: WakeLoop): Promise<boolean> {
    try {
      const moved = await this.horizons.run();
      if (moved) signing.wake();
      return moved;
    } catch (error) {
      if (!(error instanceof HorizonsFailed)) throw error;
      if (error.worked > 0) signing.wake();
      this.reportHorizons(error);
      return false;
    }
  }

  /** Of errors of the database the code alone: its texts may hold values. */
  private reportHorizons({ failures }: HorizonsFailed): void {
    for (const { channelId, typeCode, act, cause } of failures) {
      this.metrics.horizonFailures.inc({ act });
      const { code, message } = cause as { code?: string; message?: string };
      const detail = code === undefined ? { reason: message } : { code };
      this.log.error(
        { channelId, typeCode, act, ...detail },
        'a horizon failed and is tried again: an erasure may wait for it',
      );
    }
  }

  /** Nothing is signed before all logs were read from their first byte: behind the right edge nobody looks again. */
  private async sign(): Promise<boolean> {
    if (!this.audited) await this.audit();
    if (this.audited) this.reportRound(await this.checkpoints.publish());
    return false;
  }

  /** Once at the start; while it finds damage, again now and then, so that a repair needs no restart. */
  private async audit(): Promise<void> {
    if (performance.now() < this.nextAudit) return;
    const damaged = await this.checkpoints.audit();
    this.nextAudit = performance.now() + AUDIT_AGAIN_MS;
    this.audited = damaged.length === 0;
    this.report(damaged);
  }

  /** A signer that is away is asked again in the next round; that is said once. */
  private reportRound(refused: readonly RefusedLog[]): void {
    const away = refused.filter(({ reason }) => reason === 'signer_unavailable');
    if (away.length > 0 && !this.signerAway)
      this.log.error({ detail: away[0]!.detail }, 'the signer cannot be used; asking again until it can');
    if (away.length === 0 && this.signerAway) this.log.info('the signer can be used again');
    this.signerAway = away.length > 0;
    const incidents = refused.filter(({ reason }) => reason !== 'signer_unavailable');
    this.report(incidents);
    const outcome = incidents.length > 0 ? 'refused' : this.signerAway ? 'unavailable' : 'signed';
    this.metrics.signings.inc({ outcome });
  }

  private report(refused: readonly RefusedLog[]): void {
    for (const { origin, reason, detail } of refused) {
      this.log.fatal({ origin, reason, detail }, 'the signer refuses to sign: see docs/operations.md');
    }
  }

  private async announce(): Promise<boolean> {
    await announceFeeds(this.database);
    await announceAudit(this.database);
    return false;
  }

  private async state(): Promise<boolean> {
    const { origin, stateHours } = this.config;
    const made = await makeState(this.database, { hub: origin, everyHours: stateHours });
    if (made !== null) this.log.info({ size: made.size }, 'a state was made');
    return false;
  }

  /** Also while the log cannot be signed it looks, and finds nothing due: bytes go only when a signed head says so. */
  private async erase(): Promise<boolean> {
    const { origin, erasureDelayHours } = this.config;
    const index = await purgeErased(this.database, { hub: origin, delayHours: erasureDelayHours });
    if (index !== null) this.log.info({ index }, 'erased lines were deleted');
    return index !== null;
  }

  private async stateKeys(): Promise<boolean> {
    await this.keyStatements.sweep();
    return false;
  }

  /** Answers of others may be slow, so this is a loop of its own. */
  private async readKeySets(): Promise<boolean> {
    for (const { member, added, failure } of await this.keySets.round()) {
      if (added > 0) this.log.warn({ member, added }, 'a JWK Set has new keys');
      if (failure !== null) this.log.warn({ member, failure }, 'a JWK Set could not be taken');
    }
    return false;
  }

  private async sweep(): Promise<boolean> {
    await this.sweeper.sweep();
    await requestDueTick(this.database);
    await forgetExpiredAssertions(this.database);
    await forgetUsedProofs(this.database);
    await forgetEndedSessions(this.database);
    return false;
  }

  private async forgetAccess(): Promise<boolean> {
    await forgetFeedAccess(this.database, this.config.accessHistoryDays);
    return false;
  }

  private async sweepMemberships(): Promise<boolean> {
    await sweepMemberships(this.database);
    return false;
  }
}
