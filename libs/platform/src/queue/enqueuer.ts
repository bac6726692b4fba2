import { Queue } from 'bullmq';
import { faultPoint } from '../faults/fault-point.js';
import { until, within } from '../process/timing.js';
import { type JobData, type JobName, type JobRegistry, type Jobs, JOBS } from './jobs.js';
import type { QueueBackend } from './queue-backend.js';

/** What became of an enqueue. A failure is no error of the caller: the sweeper asks again. */
export interface EnqueueObserver {
  enqueued(job: string): void;
  failed(job: string, error: unknown): void;
}

const ENQUEUE_MS = 5_000;
const REDIS_MS = 2_000;
/** Events serve BullMQ's own listeners, of which there are none; a bound keeps their table small. */
export const MOST_EVENTS = 1_000;

/** Adds jobs. Call it after the commit of the row that needs the work, never before. */
export class Enqueuer<Registry extends JobRegistry = Jobs> {
  readonly #queues = new Map<string, Queue>();
  readonly #underWay = new Set<Promise<unknown>>();
  #closed = false;

  constructor(
    private readonly backend: QueueBackend,
    private readonly observer: EnqueueObserver,
    private readonly registry: Registry = JOBS as unknown as Registry,
  ) {
    for (const { queue } of Object.values(registry)) this.#queues.set(queue, openQueue(backend, queue));
  }

  /** Connects. Fails when the queue's schema is missing; waits only a moment for Redis, without which the hub runs too. */
  async ready(): Promise<void> {
    if (this.backend.kind === 'redis') await until(() => this.answers(), REDIS_MS);
    else await Promise.all([...this.#queues.values()].map((queue) => queue.waitUntilReady()));
  }

  /**
   * Asks for work to be done soon. Asking again while it waits or runs changes nothing; a finished or failed job of the
   * same work that is still kept is put away first, so it never blocks. Never throws and never takes long: when the queue
   * cannot be reached, the observer is told and the sweeper asks again. Fault points: `enqueue-<job>:before`, `:after`.
   * @returns whether the queue took it
   */
  async enqueue<Name extends JobName<Registry>>(name: Name, data: JobData<Name, Registry>): Promise<boolean> {
    faultPoint(`enqueue-${name}:before`);
    const taken = await this.#tryToAdd(name, data);
    faultPoint(`enqueue-${name}:after`);
    return taken;
  }

  /** Whether the queue answers, for readiness; its absence only makes work slower. */
  async answers(): Promise<boolean> {
    const [queue] = this.#queues.values();
    if (queue === undefined) return true;
    const outcome = await within(queue.getJobCountByTypes('waiting'), 1_000).catch(() => ({ done: false }));
    return outcome.done;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await within(Promise.allSettled(this.#underWay), ENQUEUE_MS);
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    await this.backend.close();
  }

  async #tryToAdd(name: string, data: unknown): Promise<boolean> {
    const work = this.#add(name, data);
    this.#underWay.add(work);
    try {
      const outcome = await within(work, ENQUEUE_MS);
      if (!outcome.done) throw new Error(`the queue took longer than ${ENQUEUE_MS} ms`);
      this.observer.enqueued(name);
      return true;
    } catch (error) {
      this.observer.failed(name, error);
      return false;
    } finally {
      this.#underWay.delete(work);
    }
  }

  async #add(name: string, data: unknown): Promise<void> {
    const definition = this.registry[name];
    const queue = this.#queues.get(definition?.queue ?? '');
    if (definition === undefined || queue === undefined) throw new Error(`no job ${name} is registered`);
    // BullMQ never settles a command given to a closing PostgreSQL connection.
    if (this.#closed) throw new Error('the queue is closed');
    const payload = definition.schema.parse(data);
    const jobId = definition.jobId(payload);
    await removeFinished(queue, jobId);
    await queue.add(name, payload, {
      jobId,
      attempts: definition.attempts,
      backoff: { type: 'exponential', delay: definition.backoffMs, jitter: 0.5 },
      removeOnComplete: true,
      removeOnFail: true,
      sizeLimit: 1024,
      stackTraceLimit: 0,
    });
  }
}

function openQueue(backend: QueueBackend, name: string): Queue {
  const queue = new Queue(
    name,
    { ...backend.producer, streams: { events: { maxLen: MOST_EVENTS } } },
    backend.factory as never,
  );
  // Each failing call reports its own error; without a listener an idle connection's would end the process.
  queue.on('error', () => undefined);
  return queue;
}

async function removeFinished(queue: Queue, jobId: string): Promise<void> {
  const state = await queue.getJobState(jobId);
  if (state === 'completed' || state === 'failed') await queue.remove(jobId);
}
