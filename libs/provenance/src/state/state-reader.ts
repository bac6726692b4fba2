import type { Database, Tx } from '#libs/platform';
import { listStates, readStateLeaf, readStateSalts, type LoggedState } from './read-states.js';

/** An auditor under a recorded grant, by the ids of their rows. */
export interface StateAsker {
  readonly id: number;
  readonly grant: number;
}

/** States for auditors: the database shows leaves to nobody else, and each that is shown is recorded. */
export class StateReader {
  constructor(private readonly database: Database) {}

  /** The logged states, the latest first: at most `first`. What the log says of them, and whether they are kept. */
  async list(first: number): Promise<LoggedState[]> {
    return this.database.read('list-states', 'system:api', (tx) => listStates(tx, { first }));
  }

  /**
   * Exact bytes of a leaf. It says who is behind every entry below the size of the state: that this was shown is committed before it is returned.
   *
   * @param index log index of the `state` statement
   * @param number 0 for the directory, 1 to 256 for a chunk
   * @returns null when it is not there or not kept, and for who may read nothing (any more) under that grant
   */
  async leaf(asker: StateAsker, index: number, number: number): Promise<Buffer | null> {
    return this.database.transaction('read-state-leaf', `person:${asker.id}`, async (tx) => {
      const leaf = await readStateLeaf(tx, index, number);
      return leaf !== null && (await this.record(tx, asker, leaf.size)) ? leaf.bytes : null;
    });
  }

  /** The salts of all leaves, which say nothing about an entry. As `leaf`, but there is nothing to record. */
  async salts({ id }: StateAsker, index: number): Promise<Buffer | null> {
    const salts = await this.database.read('read-state-salts', `person:${id}`, (tx) =>
      readStateSalts(tx, index),
    );
    return salts?.bytes ?? null;
  }

  private async record(tx: Tx, { grant }: StateAsker, size: number): Promise<boolean> {
    const [row] = await tx.query<{ recorded: boolean }>(
      'SELECT cairn.record_evidence_read($1, 0, $2) AS recorded',
      [grant, size],
    );
    return row!.recorded;
  }
}
