import type { Worker } from 'bullmq';
import { within } from '../process/timing.js';

/**
 * Stops a worker: no new jobs, and time for those under way. When the time is over their signals are aborted and the
 * connection is closed; their locks run out and another worker takes them.
 * @returns whether all jobs under way finished
 */
export async function closeWorker(worker: Worker, timeoutMs: number): Promise<boolean> {
  const drained = await within(worker.pause(), timeoutMs);
  if (!drained.done) worker.cancelAllJobs('the process stops');
  await within(worker.close(!drained.done), timeoutMs);
  return drained.done;
}
