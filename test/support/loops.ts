import { setTimeout as sleep } from 'node:timers/promises';

/** Work that goes on beside a test until it is told to stop. What it throws, `stop` throws. */
export interface BackgroundLoop {
  stop(): Promise<void>;
}

/** Repeats work with short random pauses; at the first error it ends. */
export function loop(work: () => Promise<unknown>, mostPauseMs = 5): BackgroundLoop {
  let stopped = false;
  const run = async (): Promise<void> => {
    while (!stopped) {
      await work();
      await sleep(Math.random() * mostPauseMs);
    }
  };
  const running = run();
  running.catch(() => undefined);
  return {
    stop: () => {
      stopped = true;
      return running;
    },
  };
}

/** Stops all, each after its present round. */
export async function stopAll(loops: readonly BackgroundLoop[]): Promise<void> {
  const ended = await Promise.allSettled(loops.map((each) => each.stop()));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}
