import { setTimeout as sleep } from 'node:timers/promises';
import { type Config, type Database, loadConfig } from '#libs/platform';
import { withHubDatabase } from './admin-database.js';

const PATIENCE_MS = 30_000;
const POLL_MS = 100;

/** Who acts: the operator of this machine. */
export const OPERATOR = 'system:operator';

/** An administrative act that the hub refused. */
export class ActRefusedError extends Error {
  /** Of the refusal, where it has one. */
  readonly code: string | undefined;

  constructor({ code, field, rule }: { code?: string; field: string; rule: string }) {
    super(`${field} ${rule}`);
    this.code = code;
  }
}

type Outcome<T> = ({ ok: true } & T) | { ok: false; code?: string; field: string; rule: string };

/**
 * Does an administrative act on the running hub, waits until its statement is logged and in force, and says so.
 *
 * @throws ActRefusedError naming field and rule
 */
export async function administer<T>(
  act: (database: Database) => Promise<Outcome<T>>,
  say: (done: T) => string,
): Promise<void> {
  const config: Config = loadConfig(process.env);
  await withHubDatabase(config, async (database) => {
    const done = await act(database);
    if (!done.ok) throw new ActRefusedError(done);
    const inForce = await untilApplied(database);
    process.stdout.write(`${say(done)}${inForce ? '' : ' (takes effect when the worker runs)'}\n`);
  });
}

/** Waits until nothing that was asked for so far is still to be logged or applied; false when that takes half a minute. */
export async function untilApplied(database: Database): Promise<boolean> {
  const end = Date.now() + PATIENCE_MS;
  const asked = await database.read('asked-statements', OPERATOR, (tx) =>
    tx.query<{ id: string }>(`SELECT coalesce(max(id), 0)::text AS id FROM cairn.pending_statement`),
  );
  while (Date.now() < end) {
    const [row] = await database.read('applied-statements', OPERATOR, (tx) =>
      tx.query<{ open: number }>(
        `SELECT count(*)::integer AS open FROM cairn.pending_statement s, cairn.projection p
          WHERE s.id <= $1 AND s.submission_id IS NULL AND (s.log_index IS NULL OR s.log_index >= p.size)`,
        [asked[0]!.id],
      ),
    );
    if (row!.open === 0) return true;
    await sleep(POLL_MS);
  }
  return false;
}
