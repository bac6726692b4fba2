import { within } from '../process/timing.js';

const CHECK_MS = 1_000;

export interface ReadinessReport {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, 'ok' | 'failed' | 'degraded'>>;
}

interface Check {
  readonly essential: boolean;
  readonly ask: () => Promise<boolean>;
}

/** Whether a process can do its work now. Parts of it add their checks at start. */
export class Readiness {
  readonly #checks = new Map<string, Check>();
  #stopping = false;

  /** Without an essential part the process is not ready; without another it works worse. */
  add(name: string, ask: () => Promise<boolean>, { essential = true } = {}): void {
    this.#checks.set(name, { essential, ask });
  }

  /** From now on nobody should send work here. */
  stop(): void {
    this.#stopping = true;
  }

  async report(): Promise<ReadinessReport> {
    const names = [...this.#checks.keys()];
    const states = await Promise.all([...this.#checks.values()].map(stateOf));
    const checks = Object.fromEntries(names.map((name, index) => [name, states[index] ?? 'failed']));
    return { ready: !this.#stopping && !states.includes('failed'), checks };
  }
}

async function stateOf({ essential, ask }: Check): Promise<'ok' | 'failed' | 'degraded'> {
  const answer = await within(ask(), CHECK_MS).catch(() => ({ done: false as const }));
  if (answer.done && answer.value) return 'ok';
  return essential ? 'failed' : 'degraded';
}
