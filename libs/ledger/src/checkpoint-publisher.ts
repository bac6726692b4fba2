import type { Database } from '#libs/platform';
import { auditLog } from './audit-log.js';
import type { CheckpointSigner, SigningRefusal } from './checkpoint-signer.js';

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
   * @returns the logs that the signer refused: each is an incident.
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
      const signed = await this.signer.sign(tx, origin);
      if (!signed.ok) return { origin, reason: signed.reason, detail: signed.detail };
      await tx.query(
        `INSERT INTO cairn.checkpoint (log_id, size, root, note)
          SELECT id, $2, $3, $4 FROM cairn.log WHERE origin = $1 ON CONFLICT (log_id, size) DO NOTHING`,
        [origin, signed.size, Buffer.from(signed.root), signed.note],
      );
      return null;
    });
  }
}
