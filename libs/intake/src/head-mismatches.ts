import type { Tx } from '#libs/platform';

/** That a member named, under its signature, a head which the log never had. */
export interface ListedHeadMismatch {
  number: number;
  /** Name of the member. */
  member: string;
  at: Date;
  /** Leaves of the head that it named, and the root, hex. */
  headSize: number;
  headRoot: string;
  /** Leaves that the log had then. */
  logSize: number;
  /** Root of the log at `headSize`, hex; null when it had fewer leaves. */
  logRoot: string | null;
}

/** The rows, the latest first: at most `first`, before that number. For auditors. */
export async function listHeadMismatches(
  tx: Tx,
  { first, before = null }: { first: number; before?: number | null },
): Promise<ListedHeadMismatch[]> {
  return tx.query<ListedHeadMismatch>(
    `SELECT h.id::float8 AS number, m.handle AS member, h.seen_at AS at, h.head_size::float8 AS "headSize",
            encode(h.head_root, 'hex') AS "headRoot", h.log_size::float8 AS "logSize", encode(h.log_root, 'hex') AS "logRoot"
       FROM cairn.head_mismatch h JOIN cairn.member m ON m.id = h.member_id
      WHERE $1::bigint IS NULL OR h.id < $1 ORDER BY h.id DESC LIMIT $2`,
    [before, first],
  );
}
