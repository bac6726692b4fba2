import type { Tx } from '#libs/platform';

/**
 * Tables that live for one transaction: which signals a step may have changed, and which records it did change. The rows stay in the
 * database; only what a pack needs leaves it.
 *
 * `affected_signal`: a row for each event, with its place in the log; `reason` is the removal reason code of an event that ended a
 * claim, or 0; `first_claim` is the claim of an assertion about a signal that had no statement in the channel before, and null for
 * every other event. In the others there is one row for each signal and channel, with the reason of the last event that had one.
 * `changed_record.fresh`: there never was a record.
 */
export async function openRoundTables(tx: Tx): Promise<void> {
  await tx.query(`
    CREATE TEMPORARY TABLE IF NOT EXISTS affected_signal (
      signal_id bigint NOT NULL,
      channel_id smallint NOT NULL,
      reason smallint NOT NULL,
      log_index bigint NOT NULL,
      line smallint NOT NULL,
      first_claim text
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
      after bytea,
      fresh boolean NOT NULL
    ) ON COMMIT DELETE ROWS;
  `);
}
