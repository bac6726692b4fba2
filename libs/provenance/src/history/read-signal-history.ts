import { readLeavesAt } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { decodeStatement } from '#libs/protocol';
import { toEvent, type HistoryEvent, type HistoryRow } from './history-event.js';

/** Where a page begins: after this event. */
export interface HistoryCursor {
  index: number;
  /** Of a statement that is no submission, -1. */
  line: number;
}

/** Which signal, and how much of its history. */
export interface HistoryQuestion {
  channel: string;
  /** Stored number of the signal type. */
  type: number;
  /** Record key of the value. */
  key: Uint8Array;
  /** Why staff read it, 1 to 200 characters; without one the authors of anonymous entries are left out. */
  purpose: string | null;
  first: number;
  after: HistoryCursor | null;
}

/** A page of what concerns a signal, in log order. */
export interface SignalHistory {
  events: HistoryEvent[];
  /** Log size that the history is of. */
  size: number;
  /** Index of the latest submission about the signal in the channel: where the chain of `prev` begins. */
  latest: number;
  more: boolean;
}

type Row = { [Column in keyof HistoryRow]: HistoryRow[Column] | null } & {
  latest: number;
  size: number;
  remaining: number | null;
};

const HISTORY = `
  SELECT kind, log_index::float8 AS index, line, verdict, code, effect, prev::float8 AS prev, named, own, reason, expires, member,
         control_group AS "group", thumbprint AS key, added_index::float8 AS "keyAdded", revoked_index::float8 AS "keyRevoked",
         void_from::float8 AS "keyVoidFrom", ended_as AS "endedAs", ended_by::float8 AS "endedBy", ended, latest::float8 AS latest,
         size::float8 AS size, remaining::float8 AS remaining
    FROM cairn.signal_history($1, $2, $3, $4, $5, $6, $7)`;

/**
 * What concerns a signal in a channel, as the transaction's actor may know it; which authors of anonymous entries it shows to staff is
 * recorded in the same statement, so the transaction must be one that writes.
 *
 * @param origin of the provenance log
 * @returns null when there is nothing, or no right to the channel: the two are not told apart
 */
export async function readSignalHistory(
  tx: Tx,
  origin: string,
  { channel, type, key, purpose, first, after }: HistoryQuestion,
): Promise<SignalHistory | null> {
  const { index, line } = after ?? { index: -1, line: -1 };
  const rows = await tx.query<Row>(HISTORY, [channel, type, Buffer.from(key), purpose, index, line, first]);
  const [head] = rows;
  if (head === undefined) return null;
  const found = rows.filter((row): row is Row & HistoryRow => row.kind !== null);
  const leaves = await readLeavesAt(
    tx,
    origin,
    found.map((row) => row.index),
  );
  const events = found.map((row) => {
    const leaf = leaves.get(row.index);
    if (leaf === undefined) throw new Error(`leaf ${row.index} of ${origin} is not stored`);
    return toEvent(row, Buffer.from(leaf).toString('utf8'), decodeStatement(leaf));
  });
  return { events, size: head.size, latest: head.latest, more: (head.remaining ?? 0) > first };
}
