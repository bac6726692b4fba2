import type { Database } from '#libs/platform';
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
   * Publishes a checkpoint for every log whose size is above that of its latest one.
   *
   * @returns the logs that the signer refused: each is an incident.
   */
  async publish(): Promise<RefusedLog[]> {
    const due = await this.database.read('find-due-checkpoints', 'system:signer', (tx) =>
      tx.query<{ origin: string }>(
        `SELECT l.origin FROM cairn.log l
          WHERE l.size > coalesce((SELECT max(c.size) FROM cairn.checkpoint c WHERE c.log_id = l.id), 0)
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
