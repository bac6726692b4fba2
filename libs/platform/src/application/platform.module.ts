import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Logger } from 'pino';
import type { MixedList } from 'typeorm';
import { type Config, requireDatabaseUrl } from '../config/config.js';
import { Database } from '../database/database.js';
import { Listener } from '../database/listener.js';
import { openDatabase } from '../database/open-database.js';
import { HealthController } from '../health/health.controller.js';
import { Readiness } from '../health/readiness.js';
import { Metrics, observeEnqueues, observeTransactions } from '../observability/metrics.js';
import { Enqueuer } from '../queue/enqueuer.js';
import { createQueueBackend, type QueueBackend } from '../queue/queue-backend.js';
import { CONFIG, LOGGER, QUEUE_BACKEND } from './tokens.js';

/** No request may hold a connection for longer; background work may take its time. */
const API_STATEMENT_MS = 30_000;

export interface PlatformOptions {
  readonly application: 'api' | 'worker';
  readonly config: Config;
  readonly log: Logger;
  readonly entities?: MixedList<new (...args: never[]) => object>;
}

/** Starts listening once all have said what they listen for, and closes connections when all work has stopped. */
@Injectable()
class PlatformLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Listener) private readonly listener: Listener,
    @Inject(Enqueuer) private readonly enqueuer: Enqueuer,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  onApplicationBootstrap(): void {
    this.readiness.add('database', () => answers(this.database));
    this.readiness.add('queue', () => this.enqueuer.answers(), { essential: false });
    this.listener.start();
  }

  beforeApplicationShutdown(): void {
    this.readiness.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.listener.close();
    await this.enqueuer.close();
    await this.database.close();
  }
}

/**
 * What every process of a hub stands on, open to all modules: settings, log, metrics, database, notifications, queue,
 * probes. Work of others stops in `beforeApplicationShutdown`; connections close after it, in `onApplicationShutdown`.
 */
@Global()
@Module({})
export class PlatformModule {
  static forRoot({ application, config, log, entities = [] }: PlatformOptions): DynamicModule {
    const url = requireDatabaseUrl(config);
    const onIdleError = (err: Error): void => log.warn({ err }, 'an idle database connection ended');
    const settings = {
      url,
      entities,
      onIdleError,
      max: config.databasePool,
      applicationName: `cairn-${application}`,
      ...(application === 'api' ? { statementTimeoutMs: API_STATEMENT_MS } : {}),
    };
    const queueKind = config.queueUrl === undefined ? 'postgres' : 'redis';
    const providers = [
      { provide: CONFIG, useValue: config },
      { provide: LOGGER, useValue: log },
      { provide: Metrics, useFactory: () => new Metrics(application, queueKind) },
      { provide: Readiness, useFactory: () => new Readiness() },
      {
        provide: Database,
        inject: [Metrics],
        useFactory: (metrics: Metrics) => openDatabase(settings, observeTransactions(metrics)),
      },
      {
        provide: Listener,
        useFactory: () => new Listener(url, (err) => log.warn({ err }, 'notifications are interrupted')),
      },
      { provide: QUEUE_BACKEND, useFactory: () => queueBackend(config, url) },
      { provide: Enqueuer, inject: [QUEUE_BACKEND, Metrics, LOGGER], useFactory: openEnqueuer },
    ];
    return {
      module: PlatformModule,
      controllers: [HealthController],
      providers: [...providers, PlatformLifecycle],
      exports: providers.map(({ provide }) => provide),
    };
  }
}

function queueBackend(config: Config, databaseUrl: string): QueueBackend {
  return createQueueBackend({
    queueUrl: config.queueUrl,
    databaseUrl,
    concurrency: config.workerConcurrency,
  });
}

async function openEnqueuer(backend: QueueBackend, metrics: Metrics, log: Logger): Promise<Enqueuer> {
  const enqueuer = new Enqueuer(backend, observeEnqueues(metrics, log));
  await enqueuer.ready();
  return enqueuer;
}

function answers(database: Database): Promise<boolean> {
  return database.read('probe', 'system:probe', async (tx) => (await tx.query('SELECT 1')).length === 1);
}
