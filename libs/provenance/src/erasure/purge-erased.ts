import { latestCheckpoint, provenanceOrigin } from '#libs/ledger';
import type { Database, Tx } from '#libs/platform';
import { deleteUnusedSignals } from '#libs/signals';
import { blankLines } from './blank-lines.js';
import { forgetStates } from './forget-states.js';
import { requestHorizons } from './request-horizon.js';

export interface PurgeSettings {
  /** Origin of the hub. */
  readonly hub: string;
  /** Hours for which feeds keep what leads up to the removal, so that whoever pulls sees it. */
  readonly delayHours: number;
}

interface DueErasure {
  id: string;
  logIndex: number;
}

/**
 * Deletes what an erasure names, once its statement is applied and a signed checkpoint covers it: before that the hub could be made to forget it,
 * and would have deleted what its log does not say. Bytes and salts of the lines, signals and records that nobody else names, and states
 * that hold them; leaf hashes and decisions stay. One transaction for each erasure, so a process that dies leaves nothing half done, and a worker
 * that comes second finds nothing to do.
 *
 * @returns log index of the statement, or null when nothing is due
 */
export async function purgeErased(database: Database, settings: PurgeSettings): Promise<number | null> {
  return database.transaction('purge-erased', 'system:worker', async (tx) => {
    const due = await findDue(tx, settings.hub);
    if (due === null) return null;
    // The lock that a state in the making holds comes first: that one may take long, and nobody must wait for signals meanwhile.
    await forgetStates(tx, due.id, due.logIndex);
    await requestHorizons(tx, due.id, { logIndex: due.logIndex, delayHours: settings.delayHours });
    await blankLines(tx, due.id);
    const named =
      'SELECT DISTINCT signal_id FROM cairn.erased_line WHERE erasure_id = $1 AND signal_id IS NOT NULL';
    await deleteUnusedSignals(tx, named, due.id);
    await tx.execute('UPDATE cairn.erasure SET purged_at = now() WHERE id = $1', [due.id]);
    return due.logIndex;
  });
}

async function findDue(tx: Tx, hub: string): Promise<DueErasure | null> {
  const signed = (await latestCheckpoint(tx, provenanceOrigin(hub)))?.size ?? 0;
  const [due] = await tx.query<DueErasure>(
    `SELECT a.id::text, a.log_index::float8 AS "logIndex" FROM cairn.erasure a, cairn.projection p
      WHERE a.purged_at IS NULL AND a.log_index < least(p.size, $1) ORDER BY a.log_index LIMIT 1 FOR UPDATE OF a SKIP LOCKED`,
    [signed],
  );
  return due ?? null;
}
