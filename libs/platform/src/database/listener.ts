import pg from 'pg';
import { backoff } from '../process/timing.js';
import { sessionConfig, SCHEMA } from './connection.js';

const CHANNEL = /^[a-z][a-z0-9_]{0,62}$/;
const FIRST_DELAY_MS = 100;
const MOST_DELAY_MS = 5_000;

/**
 * Listens for notifications on one connection of its own and reconnects for as long as it is open. A notification that
 * falls into a gap is lost, so after every (re)connection all are woken once, and who listens polls as well.
 */
export class Listener {
  readonly #wakers = new Map<string, Set<() => void>>();
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;
  #state: 'new' | 'started' | 'closed' = 'new';

  constructor(
    private readonly url: string,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Calls back on each notification of a channel, and after each connection. Only before `start`. */
  on(channel: string, wake: () => void): void {
    if (!CHANNEL.test(channel)) throw new RangeError(`channel ${channel} must be a lower-case identifier`);
    if (this.#state !== 'new')
      throw new Error(`channel ${channel} was added after the start of the listener`);
    const wakers = this.#wakers.get(channel) ?? new Set();
    this.#wakers.set(channel, wakers.add(wake));
  }

  /** Connects in the background. */
  start(): void {
    if (this.#state !== 'new') return;
    this.#state = 'started';
    void this.#connect();
  }

  async close(): Promise<void> {
    this.#state = 'closed';
    clearTimeout(this.#timer);
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(
      sessionConfig(this.url, { applicationName: 'cairn-listener', searchPath: SCHEMA }),
    );
    this.#client = client;
    client.on('error', (error) => this.#lost(client, error));
    client.on('end', () => this.#lost(client, new Error('the connection ended')));
    client.on('notification', ({ channel }) => this.#wake(this.#wakers.get(channel)));
    try {
      await client.connect();
      for (const channel of this.#wakers.keys()) await client.query(`LISTEN ${channel}`);
      this.#failures = 0;
      for (const wakers of this.#wakers.values()) this.#wake(wakers);
    } catch (error) {
      this.#lost(client, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #wake(wakers: ReadonlySet<() => void> = new Set()): void {
    for (const wake of wakers) wake();
  }

  #lost(client: pg.Client, error: Error): void {
    // One loss is reported by several events.
    if (this.#state === 'closed' || this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.onError(error);
    this.#timer = setTimeout(
      () => void this.#connect(),
      backoff(this.#failures++, FIRST_DELAY_MS, MOST_DELAY_MS),
    );
  }
}
