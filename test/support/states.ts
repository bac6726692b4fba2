import { makeState, type MadeState } from '#libs/provenance';
import type { Database } from '#libs/platform';
import { StateEncoder, StateOpener, STATE_SALT_BYTES, toHex, type ProjectionState } from '#libs/protocol';
import { projectedTo } from './replay.js';

/** Makes a state as if it were time. */
export function makeDueState(database: Database, hub: string): Promise<MadeState | null> {
  return makeState(database, { hub, everyHours: 0 });
}

/** The stored leaves of the state after `size` statements, in order. */
export async function storedLeaves(database: Database, size: number): Promise<Buffer[]> {
  const rows = await database.read('leaves', 'system:test', (tx) =>
    tx.query<{ data: Buffer }>('SELECT data FROM cairn.log_state_leaf WHERE size = $1 ORDER BY number', [
      size,
    ]),
  );
  return rows.map(({ data }) => data);
}

/** Holds the stored state against the pure projection, byte for byte. Throws at the first leaf that differs. */
export async function checkState(database: Database, hub: string, { size, root }: MadeState): Promise<void> {
  const leaves = await storedLeaves(database, size);
  const encoder = new StateEncoder(await projectedTo(database, hub, size));
  const salts = leaves.map((leaf) => leaf.subarray(0, STATE_SALT_BYTES));
  leaves.forEach((leaf, number) => {
    if (toHex(encoder.leaf(number, salts[number]!)) !== leaf.toString('hex'))
      throw new Error(`leaf ${number} of the state at ${size} is not what the projection gives`);
  });
  if (encoder.root(salts) !== root) throw new Error(`the root of the state at ${size} is another`);
  if (new Set(salts.map(toHex)).size !== leaves.length) throw new Error('a salt is used twice');
}

/** Opens a stored state. */
export async function openStored(
  database: Database,
  hub: string,
  { size, root }: MadeState,
): Promise<ProjectionState> {
  const [directory, ...chunks] = await storedLeaves(database, size);
  const opener = new StateOpener({ kind: 'state', size, root }, hub, directory!);
  for (const chunk of chunks) opener.add(chunk);
  return opener.finish();
}
