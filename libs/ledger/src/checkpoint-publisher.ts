import type { Database, Tx } from '#libs/platform';
import { emptyRoot, equalBytes, parseCheckpoint, parseNote, TlogError } from '#libs/tlog';
import { auditLog } from './audit-log.js';
import { LOG_COLUMNS, type LogRow } from './log-row.js';
import { recomputeHead, type PublishedTree } from './recompute-head.js';
import type { CheckpointSigner, SigningRefusal, SigningResult } from './signer/checkpoint-signer.js';
import { storedEntries } from './stored-entries.js';

/** A log whose head the signer would not sign. */
export interface RefusedLog {
  origin: string;
  reason: SigningRefusal;
  detail: string;
}

/** Signs and publishes the heads of logs that have grown. */
export class CheckpointPublisher {
  constructor(
    private readonly database: Database,
    private readonly signer: CheckpointSigner,
  ) {}

  /**
   * Publishes a checkpoint for every log whose head is not that of its latest one. A log that has shrunk, or has another root at
   * the same size, goes to the signer like one that has grown: who compares sizes here would keep its refusal from being heard.
   *
   * @returns the logs that the signer refused: each is an incident, but for `signer_unavailable`, which is tried again.
   */
  async publish(): Promise<RefusedLog[]> {
    const due = await this.database.read('find-due-checkpoints', 'system:signer', (tx) =>
      tx.query<{ origin: string }>(
        `SELECT l.origin FROM cairn.log l
           LEFT JOIN LATERAL (SELECT size, root FROM cairn.checkpoint WHERE log_id = l.id
                               ORDER BY size DESC LIMIT 1) c ON true
          WHERE l.size <> coalesce(c.size, 0) OR l.root <> coalesce(c.root, l.root)
          ORDER BY l.id`,
      ),
    );
    const refused: RefusedLog[] = [];
    for (const { origin } of due) {
      const refusal = await this.publishOne(origin);
      if (refusal !== null) refused.push(refusal);
    }
    return refused;
  }

  /**
   * Audits every log from its first byte.
   *
   * @returns the damaged ones: each is an incident, and nothing should be signed while there are any.
   */
  async audit(): Promise<RefusedLog[]> {
    const logs = await this.database.read('find-logs', 'system:signer', (tx) =>
      tx.query<{ origin: string }>('SELECT origin FROM cairn.log ORDER BY id'),
    );
    const damaged: RefusedLog[] = [];
    for (const { origin } of logs) {
      const audit = await this.database.read('audit-log', 'system:signer', (tx) => auditLog(tx, origin));
      if (!audit.ok) damaged.push({ origin, reason: 'damaged_log', detail: `${origin}: ${audit.detail}` });
    }
    return damaged;
  }

  private async publishOne(origin: string): Promise<RefusedLog | null> {
    return this.database.transaction('publish-checkpoint', 'system:signer', async (tx) => {
      const log = await lockForSigning(tx, origin);
      const signed = await this.signStored(tx, log);
      if (!signed.ok) return { origin, reason: signed.reason, detail: signed.detail };
      requireHead(log, signed.note);
      await tx.query(
        `INSERT INTO cairn.checkpoint (log_id, size, root, note) VALUES ($1, $2, $3, $4)
          ON CONFLICT (log_id, size) DO NOTHING`,
        [log.id, log.size, log.root, signed.note],
      );
      return null;
    });
  }

  /** Tiles are held against the entries here, the signer sees entries alone: what is served must be right in both. */
  private async signStored(tx: Tx, log: LogRow): Promise<SigningResult> {
    const { origin, size, root } = log;
    const published = await readPublished(tx, log);
    // A log that went back or sideways is the signer's to refuse: it remembers more than this database.
    if (size > published.size) {
      const head = await recomputeHead(tx, log, published);
      if (!head.ok) return { ok: false, reason: 'damaged_log', detail: `${origin}: ${head.detail}` };
    }
    return this.signer.sign({ origin, size, root, published: published.size }, (from) =>
      storedEntries(tx, log, from),
    );
  }
}

/** One worker at a time has a log signed: a size that was read before another's was signed would look as if the log went back. */
async function lockForSigning(tx: Tx, origin: string): Promise<LogRow> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('cairn.checkpoint'), hashtext($1))`, [origin]);
  const [log] = await tx.query<LogRow>(`SELECT ${LOG_COLUMNS} FROM cairn.log WHERE origin = $1`, [origin]);
  return log!;
}

async function readPublished(tx: Tx, log: LogRow): Promise<PublishedTree> {
  const [latest] = await tx.query<{ size: number; root: Buffer }>(
    'SELECT size::float8 AS size, root FROM cairn.checkpoint WHERE log_id = $1 ORDER BY size DESC LIMIT 1',
    [log.id],
  );
  return latest ?? { size: 0, root: emptyRoot() };
}

/** What a signer elsewhere answers is looked at before it is served. */
function requireHead({ origin, size, root }: LogRow, note: string): void {
  if (!isNoteOf({ origin, size, root }, note))
    throw new Error(`${origin}: the signer answered with a note about something else`);
}

function isNoteOf({ origin, size, root }: Pick<LogRow, 'origin' | 'size' | 'root'>, note: string): boolean {
  try {
    const head = parseCheckpoint(parseNote(note).text);
    return head.origin === origin && head.size === size && equalBytes(head.root, root);
  } catch (error) {
    if (error instanceof TlogError) return false;
    throw error;
  }
}
