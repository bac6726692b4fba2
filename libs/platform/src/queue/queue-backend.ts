import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BackendFactory,
  type ConnectionOptions,
  createPostgresBackend,
  createRedisBackend,
} from 'bullmq';
import pg from 'pg';
import { sessionConfig } from '../database/connection.js';
import { QUEUE_SCHEMA } from './queue-schema.js';

/** Where BullMQ keeps its jobs. Either way the database is the truth and the queue a nudge that may be lost. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  readonly factory: BackendFactory;
  /** For processes that add jobs: fails fast, because nobody may wait for the queue. */
  readonly producer: ProducerOptions;
  /** For processes that run jobs: waits and reconnects for as long as it takes. */
  readonly worker: { readonly connection: ConnectionOptions; readonly prefix: string };
  /** Releases what producers share. */
  close(): Promise<void>;
}

interface ProducerOptions {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly skipWaitingForReady?: boolean;
  readonly skipVersionCheck?: boolean;
}

export interface QueueBackendSettings {
  readonly queueUrl: string | undefined;
  readonly databaseUrl: string;
  /** Jobs of one kind that run at a time. */
  readonly concurrency: number;
}

/** Braces keep all keys of a queue in one slot of a Redis cluster. */
const PREFIX = '{cairn}';
const PRODUCER_CONNECTIONS = 2;
/** Between two failing requests for a job. */
const BRAKE_MS = 1_000;

/** The PostgreSQL backend, or Redis when a URL is given. Opens no connection yet. */
export function createQueueBackend(settings: QueueBackendSettings): QueueBackend {
  const { queueUrl, databaseUrl, concurrency } = settings;
  return queueUrl === undefined ? postgresBackend(databaseUrl, concurrency) : redisBackend(queueUrl);
}

function postgresBackend(databaseUrl: string, concurrency: number): QueueBackend {
  // BullMQ takes every named session of the database for a worker, and names its own.
  const session = { applicationName: '', searchPath: QUEUE_SCHEMA };
  const producers = new pg.Pool(sessionConfig(databaseUrl, { ...session, max: PRODUCER_CONNECTIONS }));
  // BullMQ listens too, but only while a queue is open; an idle connection may end at any time.
  producers.on('error', () => undefined);
  let closed: Promise<void> | undefined;
  // A pool of its own, as an object: in this form BullMQ keeps LISTEN apart and sets the search path itself.
  const workerConfig = {
    ...sessionConfig(databaseUrl, { ...session, max: concurrency + 1 }),
    schema: QUEUE_SCHEMA,
  };
  return {
    kind: 'postgres',
    factory: withBrake(createPostgresBackend as unknown as BackendFactory),
    producer: { connection: producers as unknown as ConnectionOptions, prefix: PREFIX },
    worker: { connection: workerConfig as unknown as ConnectionOptions, prefix: PREFIX },
    close: () => (closed ??= producers.end()),
  };
}

/**
 * After a failed request for a job BullMQ asks again at once, but for the few errors that it takes for a lost connection: those
 * of a PostgreSQL that shuts down, starts up or recovers are not among them, and the worker would be busy with nothing else.
 */
function withBrake(factory: BackendFactory): BackendFactory {
  return (...args) => {
    const backend = factory(...args);
    backend.moveToActive = braked(backend.moveToActive.bind(backend));
    backend.waitForJob = braked(backend.waitForJob.bind(backend));
    return backend;
  };
}

function braked<Args extends unknown[], T>(
  request: (...args: Args) => Promise<T>,
): (...args: Args) => Promise<T> {
  return async (...args) => {
    try {
      return await request(...args);
    } catch (error) {
      await sleep(BRAKE_MS);
      throw error;
    }
  };
}

function redisBackend(url: string): QueueBackend {
  return {
    kind: 'redis',
    factory: createRedisBackend,
    producer: {
      connection: { url, enableOfflineQueue: false, maxRetriesPerRequest: 1, connectTimeout: 2000 },
      prefix: PREFIX,
      // Otherwise the first use would wait for a Redis that is down, and its version query would fail for good.
      skipWaitingForReady: true,
      skipVersionCheck: true,
    },
    worker: { connection: { url, maxRetriesPerRequest: null }, prefix: PREFIX },
    close: () => Promise.resolve(),
  };
}
