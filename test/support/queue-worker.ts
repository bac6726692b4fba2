import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createLogger } from '#libs/platform';
import { createQueueBackend, JobProcessor, ProcessorOf, QueueWorkerModule } from '#libs/platform/nest';
import { TEST_JOBS } from './queue-jobs.js';

/** Takes a job and never finishes it. */
@Injectable()
@ProcessorOf<typeof TEST_JOBS>('test-work', TEST_JOBS)
class StuckProcessor extends JobProcessor<'test-work', typeof TEST_JOBS> {
  protected async handle(): Promise<void> {
    process.send?.('taken');
    await sleep(600_000);
  }
}

/** A worker process to be killed: run with the settings of `createQueueBackend` as its argument. */
async function main(settings: string): Promise<void> {
  const backend = createQueueBackend(JSON.parse(settings) as Parameters<typeof createQueueBackend>[0]);
  const log = createLogger({ name: 'test', level: 'silent' });
  const worker = QueueWorkerModule.forRoot({
    backend,
    registry: TEST_JOBS,
    concurrency: 1,
    shutdownMs: 100,
    log,
  });
  @Module({ imports: [worker], providers: [StuckProcessor] })
  class StuckModule {}
  await NestFactory.createApplicationContext(StuckModule, { logger: false });
}

await main(process.argv[2] ?? '');
