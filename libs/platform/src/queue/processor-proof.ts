import { PlatformError } from '../platform-error.js';
import type { JobRegistry } from './jobs.js';

/**
 * Proves that every kind of job has exactly one processor and every queue one kind of job: work without a processor would
 * wait for ever, and of two workers on one queue each would take the other's jobs.
 * @throws PlatformError `queue-processors-incomplete`
 */
export function proveProcessors(
  registry: JobRegistry,
  processors: readonly { job: string; type: string }[],
): void {
  const problems = [...jobProblems(registry, processors), ...queueProblems(registry)];
  for (const { job, type } of processors) {
    if (!(job in registry)) problems.push(`${type} processes ${job}, which is not registered`);
  }
  if (problems.length > 0) throw new PlatformError('queue-processors-incomplete', problems.join('; '));
}

function jobProblems(registry: JobRegistry, processors: readonly { job: string; type: string }[]): string[] {
  return Object.keys(registry).flatMap((name) => {
    const types = processors.filter(({ job }) => job === name).map(({ type }) => type);
    if (types.length === 1) return [];
    return types.length === 0
      ? [`no processor for ${name}`]
      : [`${types.length} processors for ${name}: ${types.join(', ')}`];
  });
}

function queueProblems(registry: JobRegistry): string[] {
  const queues = Object.values(registry).map(({ queue }) => queue);
  return queues
    .filter((queue, index) => queues.indexOf(queue) !== index)
    .map((queue) => `two jobs share queue ${queue}`);
}
