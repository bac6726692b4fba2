import type { Tx } from '#libs/platform';
import { STATE_LEAVES, STATE_SALT_BYTES } from '#libs/protocol';

/** A `state` statement in the log, as far as it has been applied. */
export interface LoggedState {
  /** Index of the statement. */
  index: number;
  /** Statements that the state follows from. */
  size: number;
  /** Hex. */
  root: string;
  /** Whether its leaves are still there. */
  kept: boolean;
}

/** The logged states, the latest first. All of it is public. */
export async function listStates(tx: Tx, { first }: { first: number }): Promise<LoggedState[]> {
  return tx.query<LoggedState>(
    `SELECT log_index::float8 AS index, size::float8 AS size, encode(root, 'hex') AS root, kept
       FROM cairn.log_state WHERE log_index IS NOT NULL ORDER BY log_index DESC LIMIT $1`,
    [first],
  );
}

/** A leaf, or something else that was made of leaves, of the state after `size` statements. */
export interface StateBytes {
  size: number;
  bytes: Buffer;
}

/**
 * Exact bytes of a leaf of the state whose statement has a log index. For auditors: to anybody else the database shows no leaf.
 *
 * @param number 0 is the directory, 1 to 256 are the chunks.
 * @returns null when there is no such state or leaf, or it is not kept.
 */
export async function readStateLeaf(tx: Tx, index: number, number: number): Promise<StateBytes | null> {
  const [row] = await tx.query<StateBytes>(
    `SELECT s.size::float8 AS size, l.data AS bytes FROM cairn.log_state s JOIN cairn.log_state_leaf l USING (size)
      WHERE s.log_index = $1 AND l.number = $2`,
    [index, number],
  );
  return row ?? null;
}

/** The salts of all leaves of such a state, 16 bytes each in order: what a verifier needs who has the state. As `readStateLeaf`. */
export async function readStateSalts(tx: Tx, index: number): Promise<StateBytes | null> {
  const [row] = await tx.query<StateBytes>(
    `SELECT s.size::float8 AS size, string_agg(substring(l.data FROM 1 FOR ${STATE_SALT_BYTES}), ''::bytea ORDER BY l.number) AS bytes
       FROM cairn.log_state s JOIN cairn.log_state_leaf l USING (size) WHERE s.log_index = $1 GROUP BY s.size
     HAVING count(*) = ${STATE_LEAVES}`,
    [index],
  );
  return row ?? null;
}
