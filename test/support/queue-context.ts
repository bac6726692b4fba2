import 'reflect-metadata';
import { type INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DecideSubmissionProcessor } from '#apps/worker/src/decide-submission.processor';
import { SubmissionDecider } from '#libs/intake';
import { createLogger, type Jobs, JOBS, type QueueBackendSettings } from '#libs/platform';
import { createQueueBackend, Enqueuer, QueueWorkerModule } from '#libs/platform/nest';

/** How jobs are tried again in a test: as in the hub, but sooner. */
export const QUICK_JOBS = {
  'decide-submission': { ...JOBS['decide-submission'], attempts: 3, backoffMs: 20 },
} as unknown as Jobs;

/** The worker's own queue module and processor on a real queue, with a decider of the test. */
export async function startQueueWorker(
  settings: QueueBackendSettings,
  decide: (submissionId: string) => Promise<boolean>,
): Promise<INestApplicationContext> {
  const backend = createQueueBackend(settings);
  const log = createLogger({ name: 'test', level: 'silent' });
  const { concurrency } = settings;
  @Module({
    imports: [QueueWorkerModule.forRoot({ backend, concurrency, shutdownMs: 5_000, log })],
    providers: [{ provide: SubmissionDecider, useValue: { decide } }, DecideSubmissionProcessor],
  })
  class TestWorkerModule {}
  return NestFactory.createApplicationContext(TestWorkerModule, { logger: false });
}

/** The producer's side; an enqueue that fails fails the test. */
export async function openEnqueuer(settings: QueueBackendSettings): Promise<Enqueuer> {
  const observer = {
    enqueued: () => undefined,
    failed: (_job: string, error: unknown) => {
      throw error;
    },
  };
  const enqueuer = new Enqueuer(createQueueBackend(settings), observer, QUICK_JOBS);
  await enqueuer.ready();
  return enqueuer;
}
