import { BullModule, BullRegistrar } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService } from '@nestjs/core';
import { setDefaultBackendFactory } from 'bullmq';
import type { Logger } from 'pino';
import { closeWorker } from './close-worker.js';
import { JobProcessor, processedJob } from './job-processor.js';
import { type JobRegistry, JOBS } from './jobs.js';
import { proveProcessors } from './processor-proof.js';
import type { QueueBackend } from './queue-backend.js';

export interface QueueWorkerOptions {
  readonly backend: QueueBackend;
  readonly concurrency: number;
  readonly shutdownMs: number;
  readonly log: Logger;
  /** The hub's own registry unless given. */
  readonly registry?: JobRegistry;
}

const OPTIONS = Symbol('QueueWorkerOptions');

/** Starts the workers when the application is up, after the proof that they are complete, and stops them first of all. */
@Injectable()
class QueueWorkers implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #processors: JobProcessor<string, JobRegistry>[] = [];

  constructor(
    @Inject(OPTIONS) private readonly options: QueueWorkerOptions,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(BullRegistrar) private readonly registrar: BullRegistrar,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const found = this.discovery.getProviders().map((wrapper) => wrapper.instance as unknown);
    const processors = found.filter((instance) => instance instanceof JobProcessor);
    const named = processors.map(({ constructor }) => ({
      job: processedJob(constructor)?.name,
      type: constructor.name,
    }));
    proveProcessors(this.options.registry ?? JOBS, named);
    this.registrar.register();
    for (const processor of processors) this.#take(processor as JobProcessor<string, JobRegistry>);
    await Promise.all(this.#processors.map((processor) => this.#run(processor)));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { shutdownMs, log } = this.options;
    const drained = await Promise.all(this.#processors.map(({ worker }) => closeWorker(worker, shutdownMs)));
    if (drained.includes(false))
      log.warn('jobs under way did not finish in time; another worker takes them up');
  }

  #take(processor: JobProcessor<string, JobRegistry>): void {
    const { worker } = processor;
    const log = this.options.log.child({ queue: worker.name });
    worker.concurrency = this.options.concurrency;
    worker.on('error', (err) => log.error({ err }, 'the queue failed'));
    worker.on('failed', (job, err) =>
      log.warn({ err, jobId: job?.id, attempt: job?.attemptsMade }, 'a job failed'),
    );
    worker.on('stalled', (jobId) => log.warn({ jobId }, 'a job lost its worker and runs again'));
    this.#processors.push(processor);
  }

  /**
   * BullMQ's PostgreSQL backend keeps the outcome of its first connection for ever: after a failed one every call fails at
   * once, and a worker would do nothing but ask for jobs. So a process whose first connection fails does not start. Redis
   * may be down.
   */
  async #run({ worker }: JobProcessor<string, JobRegistry>): Promise<void> {
    if (this.options.backend.kind === 'postgres') await worker.waitUntilReady();
    worker.run().catch((err: unknown) => this.options.log.error({ err }, 'the queue failed'));
  }
}

/** Everything a process needs to run jobs; its module lists the processors. One backend for a process. */
@Module({})
export class QueueWorkerModule {
  static forRoot(options: QueueWorkerOptions): DynamicModule {
    setDefaultBackendFactory(options.backend.factory);
    return {
      module: QueueWorkerModule,
      imports: [
        DiscoveryModule,
        BullModule.forRoot({ ...options.backend.worker, extraOptions: { manualRegistration: true } }),
        BullModule.registerQueue(),
      ],
      providers: [{ provide: OPTIONS, useValue: options }, QueueWorkers],
    };
  }
}
