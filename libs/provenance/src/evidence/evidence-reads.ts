import type { Tx } from '#libs/platform';

/** That an auditor was shown lines and authors of a part of the log. */
export interface EvidenceRead {
  number: number;
  /** Row id of the person. */
  person: number;
  /** Log indexes: from `from` up to, not including, `end`. */
  from: number;
  end: number;
  /** Why, as the person said. */
  purpose: string;
  at: Date;
}

/** Who was shown which part of the log, the latest first: at most `first`, before that number. For auditors. */
export async function listEvidenceReads(
  tx: Tx,
  { first, before = null }: { first: number; before?: number | null },
): Promise<EvidenceRead[]> {
  return tx.query<EvidenceRead>(
    `SELECT r.id::float8 AS number, g.person_id AS person, r.from_index::float8 AS from, r.end_index::float8 AS end, g.purpose, r.at
       FROM cairn.evidence_read r JOIN cairn.replay_grant g ON g.id = r.grant_id
      WHERE $1::bigint IS NULL OR r.id < $1 ORDER BY r.id DESC LIMIT $2`,
    [before, first],
  );
}
