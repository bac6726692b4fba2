import { Processor, WorkerHost } from '@nestjs/bullmq';
import { applyDecorators, SetMetadata } from '@nestjs/common';
import { type Job, UnrecoverableError } from 'bullmq';
import { type JobData, type JobName, type JobRegistry, type Jobs, JOBS } from './jobs.js';

export interface JobContext {
  /** Aborted when the process stops and its time is over. */
  readonly signal: AbortSignal;
  /** 1 on the first run. */
  readonly attempt: number;
}

/** Metadata key under which a processor names its job. */
export const PROCESSED_JOB = 'cairn:processed-job';

/**
 * How every worker treats its jobs: a lock of 10 s, renewed at half of that; a job whose worker died is found within 5 s
 * of its lock's end and given to another, three times at most. All workers of a queue must agree on the interval. A worker
 * whose connection was refused tries again after a second.
 */
const WORKER_OPTIONS = {
  lockDuration: 10_000,
  stalledInterval: 5_000,
  maxStalledCount: 3,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  runRetryDelay: 1_000,
  autorun: false,
} as const;

/** Marks the one class that runs a kind of job. */
export function ProcessorOf<Registry extends JobRegistry = Jobs>(
  name: JobName<Registry>,
  registry: Registry = JOBS as unknown as Registry,
): ClassDecorator {
  const definition = registry[name];
  if (definition === undefined) throw new Error(`no job ${name} is registered`);
  return applyDecorators(
    Processor(definition.queue, WORKER_OPTIONS),
    SetMetadata(PROCESSED_JOB, { name, definition }),
  );
}

/**
 * Runs one kind of job. A job may run twice, or again after it succeeded: `handle` reads the row's state and does what is
 * still to be done. What it throws makes the job run again after a delay.
 */
export abstract class JobProcessor<
  Name extends JobName<Registry>,
  Registry extends JobRegistry = Jobs,
> extends WorkerHost {
  protected abstract handle(data: JobData<Name, Registry>, context: JobContext): Promise<void>;

  /** Called by BullMQ. The third parameter must stay: its presence makes BullMQ pass a signal. */
  override async process(job: Job, _token?: string, signal?: AbortSignal): Promise<void> {
    const { name, definition } = processedJob(this.constructor);
    const parsed = definition.schema.safeParse(job.data);
    if (job.name !== name || !parsed.success) throw new UnrecoverableError(`job ${job.id} is not a ${name}`);
    const context = { signal: signal ?? new AbortController().signal, attempt: job.attemptsMade + 1 };
    try {
      await this.handle(parsed.data as JobData<Name, Registry>, context);
    } catch (cause) {
      // BullMQ keeps an error's text in the clear, and a database error's can quote a row. The log gets the cause.
      throw new Error(`${name} failed`, { cause });
    }
  }
}

/** The job a class is marked with. */
export function processedJob(type: object): { name: string; definition: JobRegistry[string] } {
  return Reflect.getMetadata(PROCESSED_JOB, type) as { name: string; definition: JobRegistry[string] };
}
