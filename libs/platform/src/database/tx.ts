import type { EntityManager, ObjectLiteral, QueryRunner } from 'typeorm';

/** One open transaction. It is valid only while the work it was given to runs. */
export class Tx {
  readonly #runner: QueryRunner;

  constructor(
    readonly name: string,
    runner: QueryRunner,
  ) {
    this.#runner = runner;
  }

  /** TypeORM's entity manager, bound to this transaction. */
  get manager(): EntityManager {
    return this.#runner.manager;
  }

  /** Runs one statement and returns its rows. 64-bit integers and numerics arrive as decimal strings. */
  async query<Row extends ObjectLiteral>(sql: string, params: readonly unknown[] = []): Promise<Row[]> {
    const result = await this.#runner.query(sql, [...params], true);
    return result.records as Row[];
  }

  /** Runs one statement and returns how many rows it wrote. */
  async execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    const result = await this.#runner.query(sql, [...params], true);
    return result.affected ?? 0;
  }
}

/** Wakes whoever listens on a channel, when and only if the transaction commits. */
export async function notify(tx: Tx, channel: string): Promise<void> {
  await tx.query(`SELECT pg_notify($1, '')`, [channel]);
}
