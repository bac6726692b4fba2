import type { Tx } from '#libs/platform';

/** That a person was shown the author of an anonymous entry. */
export interface AuthorshipRead {
  number: number;
  /** Row id of the person. */
  person: number;
  /** The entry, by log index and line. */
  index: number;
  line: number;
  channel: string;
  /** Why, as the person said. */
  purpose: string;
  at: Date;
}

/** Who was shown authors of anonymous entries, the latest first: at most `first`, before that number. For auditors. */
export async function listAuthorshipReads(
  tx: Tx,
  { first, before = null }: { first: number; before?: number | null },
): Promise<AuthorshipRead[]> {
  return tx.query<AuthorshipRead>(
    `SELECT r.id::float8 AS number, r.person_id AS person, r.log_index::float8 AS index, r.line, c.name AS channel, r.purpose, r.at
       FROM cairn.authorship_read r JOIN cairn.channel c ON c.id = r.channel_id
      WHERE $1::bigint IS NULL OR r.id < $1 ORDER BY r.id DESC LIMIT $2`,
    [before, first],
  );
}
