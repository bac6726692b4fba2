import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { faultPoint } from '../faults/fault-point.js';
import { PlatformError } from '../platform-error.js';
import { backoff } from '../process/timing.js';
import type { Actor } from './actor.js';
import { recordInTransaction } from './recorded-act.js';
import { isRetryable } from './sql-state.js';
import { Tx } from './tx.js';

export type { Actor } from './actor.js';

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';

export interface TransactionOptions {
  readonly isolation?: Isolation;
}

/** What happened to a transaction, for metrics. Names are constants of the code, never data. */
export interface TransactionObserver {
  finished(name: string, outcome: 'committed' | 'failed', seconds: number): void;
  retried(name: string): void;
}

/** As `cairn.actor_kind()` reads it. */
const ACTOR =
  /^(?:(?:member|person):[1-9]\d{0,8}|applicant:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|system:[a-z][a-z0-9-]{0,63})$/;
const MOST_ATTEMPTS = 8;
const FIRST_DELAY_MS = 10;
const MOST_DELAY_MS = 1_000;

/** A transaction whose work is under way, or was, in the calls that come from it. */
interface OpenTransaction {
  readonly database: Database;
  readonly name: string;
  running: boolean;
  /** The one that was running around it, on another database. */
  readonly outer: OpenTransaction | undefined;
}

/** One for all doors: each makes every promise of a process dearer, for as long as the process runs. */
const opened = new AsyncLocalStorage<OpenTransaction>();

/** The innermost of these that is still running. */
function running(open: OpenTransaction | undefined): OpenTransaction | undefined {
  return open === undefined || open.running ? open : running(open.outer);
}

/**
 * The one door to the database. Every statement runs in a named transaction whose actor the database knows
 * (`current_setting('cairn.actor')`), which is what row-level security goes by.
 */
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly observer?: TransactionObserver,
  ) {}

  /**
   * Runs work in a transaction and commits it. After a serialization failure or a deadlock (40001, 40P01) the work runs
   * again, a bounded number of times and after a random delay; no other error is retried. So the work may have no effect
   * outside the database: enqueue and notify others after this returns. Fault points: `<name>:before-commit`,
   * `<name>:after-commit`.
   * @param name kebab-case, constant in the code
   * @throws PlatformError `transaction-nested`, `transaction-actor-invalid`; whatever the work or the database throws
   */
  transaction<T>(
    name: string,
    actor: Actor,
    work: (tx: Tx) => Promise<T>,
    { isolation = 'READ COMMITTED' }: TransactionOptions = {},
  ): Promise<T> {
    return this.#run(name, actor, work, isolation, false);
  }

  /** Runs work that reads one consistent state (`REPEATABLE READ`) and may write nothing. */
  read<T>(name: string, actor: Actor, work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.#run(name, actor, work, 'REPEATABLE READ', true);
  }

  /** Waits for nothing: to be called when no work is under way. */
  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  async #run<T>(
    name: string,
    actor: Actor,
    work: (tx: Tx) => Promise<T>,
    isolation: Isolation,
    readOnly: boolean,
  ) {
    this.#refuse(name, actor);
    const started = performance.now();
    const observe = (outcome: 'committed' | 'failed'): void =>
      this.observer?.finished(name, outcome, (performance.now() - started) / 1000);
    try {
      const value = await this.#retrying(name, () => this.#once(name, actor, work, isolation, readOnly));
      observe('committed');
      return value;
    } catch (error) {
      observe('failed');
      throw error;
    }
  }

  #refuse(name: string, actor: Actor): void {
    for (let outer = running(opened.getStore()); outer !== undefined; outer = running(outer.outer)) {
      if (outer.database !== this) continue;
      // A second connection taken while holding one deadlocks the pool, and the inner work would not roll back.
      const message = `transaction ${name} was opened inside ${outer.name}: pass the open one on`;
      throw new PlatformError('transaction-nested', message);
    }
    if (!ACTOR.test(actor)) {
      throw new PlatformError(
        'transaction-actor-invalid',
        `the actor of ${name} must be member, person or applicant with its id, or system with a name`,
      );
    }
  }

  async #retrying<T>(name: string, attempt: () => Promise<T>): Promise<T> {
    for (let failures = 0; ; failures++) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRetryable(error) || failures + 1 === MOST_ATTEMPTS) throw error;
        this.observer?.retried(name);
        await sleep(backoff(failures, FIRST_DELAY_MS, MOST_DELAY_MS));
      }
    }
  }

  async #once<T>(
    name: string,
    actor: Actor,
    work: (tx: Tx) => Promise<T>,
    isolation: Isolation,
    readOnly: boolean,
  ) {
    const runner = this.dataSource.createQueryRunner();
    const scope: OpenTransaction = { database: this, name, running: true, outer: running(opened.getStore()) };
    try {
      await runner.connect();
      await runner.startTransaction(isolation);
      await runner.query(BEGIN_SQL, [actor, readOnly ? 'on' : 'off']);
      const tx = new Tx(name, runner);
      const value = await opened.run(scope, () => work(tx));
      const recorded = readOnly ? undefined : await recordInTransaction(tx, actor, value);
      if (!readOnly) faultPoint(`${name}:before-commit`);
      await runner.commitTransaction();
      recorded?.();
      if (!readOnly) faultPoint(`${name}:after-commit`);
      return value;
    } catch (error) {
      // The connection may be gone, and with it the transaction; the first error is the one that explains.
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      scope.running = false;
      await runner.release();
    }
  }
}

const BEGIN_SQL = `SELECT set_config('cairn.actor', $1, true), set_config('transaction_read_only', $2, true)`;
