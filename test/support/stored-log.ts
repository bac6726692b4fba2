import { randomBytes } from 'node:crypto';
import { appendLeaves, createLog, lockLog, type LogRow } from '#libs/ledger';
import type { TestDatabase } from './postgres.js';

let logs = 0;

/** A log of its own in a test database, with random leaves. */
export class StoredLog {
  private constructor(
    private readonly test: TestDatabase,
    readonly id: number,
    readonly origin: string,
  ) {}

  static async create(test: TestDatabase, leaves: number): Promise<StoredLog> {
    const feed = `log-${++logs}`;
    const origin = `hub.test/feed/${feed}`;
    const id = await test.worker.transaction('create-log', 'system:test', (tx) =>
      createLog(tx, origin, feed),
    );
    const log = new StoredLog(test, id, origin);
    await log.grow(leaves);
    return log;
  }

  /** Appends leaves of 40 bytes, in one transaction, as sequencer and publisher do. */
  async grow(leaves: number): Promise<LogRow> {
    return this.test.worker.transaction('grow-log', 'system:test', async (tx) => {
      const log = await lockLog(tx, this.origin);
      return appendLeaves(
        tx,
        log,
        Array.from({ length: leaves }, () => randomBytes(40)),
        Date.now(),
      );
    });
  }

  /** The stored head. */
  async head(): Promise<{ size: number; root: Buffer }> {
    const rows = await this.test.worker.read('head', 'system:test', (tx) =>
      tx.query<{ size: number; root: Buffer }>(
        'SELECT size::float8 AS size, root FROM cairn.log WHERE id = $1',
        [this.id],
      ),
    );
    return rows[0]!;
  }

  /** Sizes of its checkpoints, ascending. */
  async checkpoints(): Promise<number[]> {
    const rows = await this.test.worker.read('checkpoints', 'system:test', (tx) =>
      tx.query<{ size: number }>(
        'SELECT size::float8 AS size FROM cairn.checkpoint WHERE log_id = $1 ORDER BY size',
        [this.id],
      ),
    );
    return rows.map((row) => row.size);
  }
}
