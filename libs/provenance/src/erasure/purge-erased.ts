import { latestCheckpoint, provenanceOrigin, readStatements } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import type { EraseStatement } from '#libs/protocol';
import { deleteUnusedSignals } from '#libs/signals';
import { blankLines } from './blank-lines.js';
import { forgetStates } from './forget-states.js';
import { requestHorizons } from './request-horizon.js';

export interface PurgeSettings {
  /** Origin of the hub. */
  readonly hub: string;
  /** Hours from the statement on for which feeds keep what leads up to the removal, so that whoever pulls sees it. */
  readonly delayHours: number;
}

const HOUR_MS = 3_600_000;

interface DueErasure {
  id: string;
  logIndex: number;
}

/** Erasures that could not be purged. Their number is all that is told: what the database says of a row may quote it. */
export class PurgeFailedError extends Error {
  /** @param indexes log indexes of the statements */
  constructor(readonly indexes: readonly number[]) {
    super(`erasures whose bytes could not be deleted, by log index of the statement: ${indexes.join(', ')}`);
    this.name = 'PurgeFailedError';
  }
}

/**
 * Deletes what an erasure names, once its statement is applied and a signed checkpoint covers it: before that the hub could be made to forget it,
 * and would have deleted what its log does not say. Bytes and salts of the lines, signals and records that nobody else names, and states
 * that hold them; leaf hashes and decisions stay. One transaction for each erasure, so a process that dies leaves nothing half done, and a worker
 * that comes second finds nothing to do. One that fails does not hold back those after it.
 *
 * @returns log index of the statement, or null when nothing is due
 * @throws PurgeFailedError when all that is due fails
 */
export async function purgeErased(database: Database, settings: PurgeSettings): Promise<number | null> {
  const failed: DueErasure[] = [];
  for (;;) {
    const at: { due: DueErasure | null } = { due: null };
    try {
      await database.transaction('purge-erased', 'system:worker', async (tx) => {
        at.due = await findDue(tx, settings.hub, failed);
        if (at.due !== null) await purge(tx, at.due, settings);
      });
    } catch (error) {
      if (at.due === null) throw error;
      failed.push(at.due);
      continue;
    }
    if (at.due !== null) return at.due.logIndex;
    if (failed.length === 0) return null;
    throw new PurgeFailedError(failed.map(({ logIndex }) => logIndex));
  }
}

async function findDue(tx: Tx, hub: string, failed: readonly DueErasure[]): Promise<DueErasure | null> {
  const signed = (await latestCheckpoint(tx, provenanceOrigin(hub)))?.size ?? 0;
  const [due] = await tx.query<DueErasure>(
    `SELECT a.id::text, a.log_index::float8 AS "logIndex" FROM cairn.erasure a, cairn.projection p
      WHERE a.purged_at IS NULL AND a.log_index < least(p.size, $1) AND a.id <> ALL ($2::bigint[])
      ORDER BY a.log_index LIMIT 1 FOR UPDATE OF a SKIP LOCKED`,
    [signed, failed.map(({ id }) => id)],
  );
  return due ?? null;
}

async function purge(
  tx: Tx,
  { id, logIndex }: DueErasure,
  { hub, delayHours }: PurgeSettings,
): Promise<void> {
  const { time, lines } = await readErase(tx, hub, logIndex);
  // The lock that a state in the making holds comes first: that one may take long, and nobody must wait for signals meanwhile.
  await forgetStates(tx, id, logIndex);
  await requestHorizons(tx, id, { logIndex, dueAt: time + delayHours * HOUR_MS });
  await blankLines(tx, id, lines);
  const named =
    'SELECT DISTINCT signal_id FROM cairn.erased_line WHERE erasure_id = $1 AND signal_id IS NOT NULL';
  await deleteUnusedSignals(tx, named, id);
  await tx.execute('UPDATE cairn.erasure SET purged_at = now() WHERE id = $1', [id]);
}

/** The statement as it is logged. */
async function readErase(tx: Tx, hub: string, index: number): Promise<EraseStatement & { time: number }> {
  const [logged] = await readStatements(tx, provenanceOrigin(hub), index, index + 1);
  if (logged?.statement.kind === 'erase') return logged.statement;
  throw new Error('the log has another statement in the place of an erasure');
}
