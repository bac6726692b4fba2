import type { Database, Tx } from '#libs/platform';
import {
  encodeStatement,
  type KeyRevokedStatement,
  type LinePlace,
  type Statement,
  type StatementBody,
} from '#libs/protocol';
import { appendLeaves, lockLog } from './append-leaves.js';

/** What is to be done in the sequencer's transaction, since only now is the place of a statement known. */
export interface StatementFinaliser {
  /** Turns a decided submission into its statement. */
  finaliseSubmission(tx: Tx, place: { submissionId: string; logIndex: number }): Promise<StatementBody>;
  /** Lets no decision that is logged from here on point to the lines that an `erase` statement names. */
  placeErasure(tx: Tx, lines: readonly LinePlace[], logIndex: number): Promise<void>;
}

interface PendingRow {
  id: string;
  body: StatementBody | null;
  submissionId: string | null;
  lane: string | null;
  ownIndex: boolean;
}

/** Entries that one transaction sequences at most (more only when a single submission has more). */
const MOST_WEIGHT = 40_000;

/**
 * Statements in the order they are to be logged: by arrival, but within a lane by number and without a gap. A late
 * statement of a lane holds back the later ones of its lane and nothing else.
 */
const READY = `
  WITH waiting AS (
    SELECT p.id, p.body, p.own_index, p.submission_id, p.lane, p.lane_number, p.weight,
           coalesce(l.sequenced, 0) + row_number() OVER lane AS next_number,
           CASE WHEN p.lane IS NULL THEN p.id ELSE max(p.id) OVER lane END AS turn
      FROM cairn.pending_statement p LEFT JOIN cairn.statement_lane l USING (lane)
     WHERE p.log_index IS NULL
    WINDOW lane AS (PARTITION BY p.lane ORDER BY p.lane_number)
  ), ready AS (
    SELECT *, sum(weight) OVER (ORDER BY turn, lane_number) - weight AS before
      FROM waiting WHERE lane IS NULL OR lane_number = next_number
  )
  SELECT id::text, body, submission_id::text AS "submissionId", lane, own_index AS "ownIndex"
    FROM ready WHERE before = 0 OR before + weight <= $1
   ORDER BY turn, lane_number LIMIT 512`;

/** Gives statements their place in the provenance log. Any number may run beside each other; the log's row lock orders them. */
export class Sequencer {
  constructor(
    private readonly database: Database,
    private readonly origin: string,
    private readonly finaliser: StatementFinaliser,
  ) {}

  /**
   * Sequences what is ready, in one transaction.
   *
   * @returns how many statements were logged; call again while it is not 0.
   */
  async sequence(): Promise<number> {
    return this.database.transaction('sequence', 'system:sequencer', async (tx) => {
      const log = await lockLog(tx, this.origin);
      const ready = await tx.query<PendingRow>(READY, [MOST_WEIGHT]);
      if (ready.length === 0) return 0;
      const time = Math.max(log.lastTime, await databaseTime(tx));
      const leaves: Uint8Array[] = [];
      for (const row of ready) {
        leaves.push(encodeStatement(await this.statement(tx, row, log.size + leaves.length, time)));
      }
      await this.markSequenced(tx, ready, log.size);
      await appendLeaves(tx, log, leaves, time);
      return ready.length;
    });
  }

  private async statement(tx: Tx, row: PendingRow, logIndex: number, time: number): Promise<Statement> {
    if (row.ownIndex) return { ...(await this.placeRevocation(tx, row, logIndex)), time };
    if (row.body?.kind === 'erase') await this.finaliser.placeErasure(tx, row.body.lines, logIndex);
    if (row.body !== null) return { ...row.body, time };
    const body = await this.finaliser.finaliseSubmission(tx, { submissionId: row.submissionId!, logIndex });
    return { ...body, time };
  }

  /** The row keeps what was logged. */
  private async placeRevocation(tx: Tx, row: PendingRow, logIndex: number): Promise<StatementBody> {
    const body = { ...(row.body as KeyRevokedStatement), from: logIndex };
    await tx.query('UPDATE cairn.pending_statement SET body = $2 WHERE id = $1', [
      row.id,
      JSON.stringify(body),
    ]);
    return body;
  }

  private async markSequenced(tx: Tx, ready: readonly PendingRow[], first: number): Promise<void> {
    await tx.query(
      `UPDATE cairn.pending_statement p SET log_index = $2 + r.n - 1
         FROM unnest($1::bigint[]) WITH ORDINALITY AS r (id, n) WHERE p.id = r.id`,
      [ready.map((row) => row.id), first],
    );
    await tx.query(
      `INSERT INTO cairn.statement_lane AS l (lane, sequenced)
        SELECT lane, count(*) FROM unnest($1::text[]) AS r (lane) WHERE lane IS NOT NULL GROUP BY lane
        ON CONFLICT (lane) DO UPDATE SET sequenced = l.sequenced + excluded.sequenced`,
      [ready.map((row) => row.lane)],
    );
  }
}

/** The database's clock, Unix milliseconds: the one clock that all processes share. */
export async function databaseTime(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ now: number }>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  return row!.now;
}
