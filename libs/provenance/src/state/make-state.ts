import { randomBytes } from 'node:crypto';
import { databaseTime, provenanceOrigin, readStatements, requestStatement } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { encodeStateDirectory, STATE_SALT_BYTES, stateRoot } from '#libs/protocol';
import { readDirectory, type ProjectedTo } from './read-directory.js';
import { writeChunks } from './write-chunks.js';

/** A state that was made and for which a statement was asked. */
export interface MadeState {
  size: number;
  /** Hex. */
  root: string;
}

export interface StateSettings {
  /** Origin of the hub. */
  readonly hub: string;
  /** Hours between two states, and between the hub's founding and the first. */
  readonly everyHours: number;
}

const HOUR_MS = 3_600_000;
/** Logged states whose leaves are kept: one can be read to its end while the next is made. */
const KEPT_STATES = 2;
/** Of these nothing follows: a state after them says the same. */
const WITHOUT_EFFECT = ['state', 'published', 'audit', 'agreement', 'admission_policy', 'bootstrap'];

/**
 * Makes a state of the projection as it is, stores its leaves and asks for its `state` statement, when that is due: so many hours after the last one,
 * and when something was logged since of which something follows. All of it is one transaction that sees one state of the projection, so the
 * statement's size is that of the leaves however late it is logged, and a process that dies leaves nothing behind. Of two workers one makes it; the
 * other goes on.
 *
 * @returns null when there was nothing to do, or another worker is doing it.
 */
export async function makeState(database: Database, settings: StateSettings): Promise<MadeState | null> {
  return database.transaction(
    'make-state',
    'system:worker',
    async (tx) => {
      const time = await databaseTime(tx);
      const at = await whatIsDue(tx, settings, time);
      if (at === null) return null;
      await writeDirectory(tx, settings.hub, at);
      await writeChunks(tx, at.size);
      const made = await keepState(tx, at.size);
      await requestStatement(tx, `state:${made.size}`, { kind: 'state', ...made });
      await tx.execute('UPDATE cairn.log_state_head SET size = $1, made_time = $2', [made.size, time]);
      await forgetOldLeaves(tx);
      return made;
    },
    { isolation: 'REPEATABLE READ' },
  );
}

/**
 * Where the projection stands, if a state is due. The lock on the head comes first: when another worker has made a state since this transaction
 * began to look, it fails to serialize and begins anew.
 */
async function whatIsDue(
  tx: Tx,
  { hub, everyHours }: StateSettings,
  time: number,
): Promise<ProjectedTo | null> {
  const [last] = await tx.query<{ size: number; madeTime: number | null }>(
    `SELECT size::float8 AS size, made_time::float8 AS "madeTime" FROM cairn.log_state_head FOR UPDATE SKIP LOCKED`,
  );
  if (last === undefined) return null;
  const [at] = await tx.query<ProjectedTo>(
    `SELECT size::float8 AS size, tick_time::float8 AS "tickTime" FROM cairn.projection WHERE size > 0`,
  );
  if (at === undefined) return null;
  const since = last.madeTime ?? (await foundingTime(tx, hub));
  // A clock that was set back must not put the next state off for longer than that.
  const isTime = Math.abs(time - since) >= everyHours * HOUR_MS;
  return isTime && (await hasChanged(tx, last.size, at.size)) ? at : null;
}

async function foundingTime(tx: Tx, hub: string): Promise<number> {
  const [founding] = await readStatements(tx, provenanceOrigin(hub), 0, 1);
  return founding!.statement.time;
}

async function hasChanged(tx: Tx, from: number, to: number): Promise<boolean> {
  const [row] = await tx.query<{ changed: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM cairn.pending_statement WHERE log_index >= $1 AND log_index < $2
              AND (submission_id IS NOT NULL OR body ->> 'kind' <> ALL ($3::text[]))) AS changed`,
    [from, to, WITHOUT_EFFECT],
  );
  return row!.changed;
}

async function writeDirectory(tx: Tx, hub: string, at: ProjectedTo): Promise<void> {
  const leaf = encodeStateDirectory(await readDirectory(tx, hub, at), randomBytes(STATE_SALT_BYTES));
  await tx.execute('INSERT INTO cairn.log_state_leaf (size, number, data) VALUES ($1, 0, $2)', [
    at.size,
    Buffer.from(leaf),
  ]);
}

async function keepState(tx: Tx, size: number): Promise<MadeState> {
  const leaves = await tx.query<{ hash: Buffer }>(
    'SELECT hash FROM cairn.log_state_leaf WHERE size = $1 ORDER BY number',
    [size],
  );
  const root = stateRoot(leaves.map(({ hash }) => hash));
  await tx.execute(`INSERT INTO cairn.log_state (size, root) VALUES ($1, decode($2, 'hex'))`, [size, root]);
  return { size, root };
}

/** What is not logged yet is kept, however many there are. */
async function forgetOldLeaves(tx: Tx): Promise<void> {
  const [oldest] = await tx.query<{ size: number }>(
    `SELECT size::float8 AS size FROM cairn.log_state WHERE log_index IS NOT NULL ORDER BY size DESC OFFSET $1 LIMIT 1`,
    [KEPT_STATES - 1],
  );
  if (oldest === undefined) return;
  await tx.execute('DELETE FROM cairn.log_state_leaf WHERE size < $1', [oldest.size]);
  await tx.execute('UPDATE cairn.log_state SET kept = false WHERE kept AND size < $1', [oldest.size]);
}
