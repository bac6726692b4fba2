import { setTimeout as sleep } from 'node:timers/promises';

/** What a loop does and how often at least. */
export interface WakeLoopOptions {
  readonly intervalMs: number;
  /** Least time from one round that was woken to the next; default 0. The first after a quiet time starts at once all the same. */
  readonly restMs?: number;
  /** One round. Returns true when more is waiting, so that the next round follows at once. */
  readonly round: (signal: AbortSignal) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/**
 * Runs rounds one after the other, never two at a time: at once when woken, and in any case after an interval, since a
 * notification can be lost. A round that fails is reported and tried again after the interval.
 */
export class WakeLoop {
  readonly #abort = new AbortController();
  #woken = true;
  #lastWoken = -Infinity;
  #wakeUp: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(private readonly options: WakeLoopOptions) {}

  start(): void {
    this.#running ??= this.#run();
  }

  /** Makes the next round start at once; during a round, makes another follow it. */
  wake(): void {
    this.#woken = true;
    this.#wakeUp();
  }

  /** Lets the round under way finish (it sees its signal aborted) and starts no other. */
  async stop(): Promise<void> {
    this.#abort.abort();
    this.#wakeUp();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      const rest = this.#woken ? this.#restLeft() : 0;
      // Stopping ends the rest.
      if (rest > 0) await sleep(rest, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (this.#woken) this.#lastWoken = performance.now();
      this.#woken = false;
      const more = await this.#round(signal);
      if (!more && !this.#woken && !signal.aborted) await this.#pause();
    }
  }

  #restLeft(): number {
    return this.#lastWoken + (this.options.restMs ?? 0) - performance.now();
  }

  async #round(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.options.round(signal);
    } catch (error) {
      this.options.onError(error);
      // Woken or not, a failing round must not spin.
      this.#woken = false;
      return false;
    }
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.options.intervalMs);
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
