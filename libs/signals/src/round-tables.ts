import type { Tx } from '#libs/platform';

/**
 * Tables that live for one transaction: which signals a step may have changed, and which records it did change. The rows stay in the
 * database; only what a pack needs leaves it.
 *
 * `affected_signal.reason`: removal reason code of the last event that ended a claim, or 0.
 */
export async function openRoundTables(tx: Tx): Promise<void> {
  await tx.query(`
    CREATE TEMPORARY TABLE IF NOT EXISTS affected_signal (
      signal_id bigint NOT NULL,
      channel_id smallint NOT NULL,
      reason smallint NOT NULL,
      PRIMARY KEY (signal_id, channel_id)
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS evaluated_signal (
      signal_id bigint NOT NULL,
      channel_id smallint NOT NULL,
      type_code smallint NOT NULL,
      key bytea NOT NULL,
      reason smallint NOT NULL,
      before bytea,
      claims text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMPORARY TABLE IF NOT EXISTS changed_record (
      signal_id bigint NOT NULL,
      channel_id smallint NOT NULL,
      type_code smallint NOT NULL,
      bucket integer NOT NULL,
      key bytea NOT NULL,
      reason smallint NOT NULL,
      before bytea,
      after bytea
    ) ON COMMIT DELETE ROWS;
  `);
}
