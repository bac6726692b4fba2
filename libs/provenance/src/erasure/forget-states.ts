import type { Tx } from '#libs/platform';

/**
 * Deletes the leaves of the states that hold lines of an erasure: of a size above the index of a line, and not above that of the `erase` statement.
 * Their statements stay, and no replay meets them any more; the next state is made as soon as one can be.
 *
 * The head is written whether or not there are any: a state that is being made from what was before then fails to serialize and is made anew.
 */
export async function forgetStates(tx: Tx, erasure: string, logIndex: number): Promise<void> {
  await tx.execute('UPDATE cairn.log_state_head SET size = size');
  const sizes = await tx.query<{ size: string }>(
    `UPDATE cairn.log_state SET kept = false
      WHERE kept AND size <= $2 AND size > (SELECT min(log_index) FROM cairn.erased_line WHERE erasure_id = $1)
     RETURNING size::text`,
    [erasure, logIndex],
  );
  if (sizes.length === 0) return;
  await tx.execute('DELETE FROM cairn.log_state_leaf WHERE size = ANY ($1::bigint[])', [
    sizes.map(({ size }) => size),
  ]);
  await tx.execute('UPDATE cairn.log_state_head SET made_time = 0 WHERE made_time IS NOT NULL');
}
