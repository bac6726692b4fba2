import type { Tx } from '#libs/platform';
import type { EntryPlace } from '#libs/signals';

/** How a person came by a value: `authorship` of an entry, `evidence` or a state that covers it, or a `replay` with which it could read the feed. */
export type PersonExposureKind = 'authorship' | 'evidence' | 'replay';

/** That a person was shown entries about a signal, or could have fetched packs that hold it. */
export interface PersonExposure {
  readonly kind: PersonExposureKind;
  /** Number of the row in the list of its kind: of `authorshipReads` or `evidenceReads`; of `replay`, of the grant. */
  readonly number: number;
  /** Row id of the person. */
  readonly person: number;
  /** Log indexes that were shown: from `from` up to, not including, `end`; null of `replay`. */
  readonly from: number | null;
  readonly end: number | null;
  /** Why, as the person said. */
  readonly purpose: string;
  readonly at: Date;
  /** Until when a replay could read the feed; null of the others. */
  readonly until: Date | null;
}

/** Place of a row in the list. */
export interface PersonExposureCursor {
  /** Microseconds since 1970. */
  readonly micros: number;
  readonly kind: string;
  readonly number: number;
}

export interface PersonExposureFilter {
  readonly channel: string;
  readonly entries: readonly EntryPlace[];
  /** Since when a pack that holds the value could be fetched; null when there is none. */
  readonly fetchable: Date | null;
  /** How long a ticket for a replay is good, in seconds. */
  readonly ticketSeconds: number;
  readonly first: number;
  readonly after: PersonExposureCursor | null;
}

const LIST = `
  WITH entry AS (SELECT * FROM unnest($2::bigint[], $3::integer[]) AS e (index, line)),
  shown AS (
    SELECT 'authorship' AS kind, r.id AS number, r.person_id, r.log_index AS from_index, r.log_index + 1 AS end_index, r.purpose, r.at,
           NULL::timestamptz AS until
      FROM cairn.authorship_read r JOIN cairn.channel c ON c.id = r.channel_id AND c.name = $1
      JOIN entry e ON e.index = r.log_index AND e.line = r.line
    UNION ALL
    SELECT 'evidence', r.id, g.person_id, r.from_index, r.end_index, g.purpose, r.at, NULL
      FROM cairn.evidence_read r JOIN cairn.replay_grant g ON g.id = r.grant_id
     WHERE EXISTS (SELECT FROM entry e WHERE e.index >= r.from_index AND e.index < r.end_index)
    UNION ALL
    SELECT 'replay', g.id, g.person_id, NULL, NULL, g.purpose, g.at, g.at + make_interval(secs => $5)
      FROM cairn.replay_grant g WHERE g.at + make_interval(secs => $5) > $4::timestamptz
  ), placed AS (SELECT s.*, (extract(epoch FROM s.at) * 1000000)::bigint AS micros FROM shown s)
  SELECT kind, number::float8 AS number, person_id AS person, from_index::float8 AS from, end_index::float8 AS end, purpose, at, until,
         micros::float8 AS micros
    FROM placed
   WHERE $6::bigint IS NULL OR (micros, kind COLLATE "C", number) < ($6, $7, $8::bigint)
   ORDER BY micros DESC, kind COLLATE "C" DESC, number DESC LIMIT $9`;

/**
 * The persons who were shown entries about a signal, or whose replay could read packs that hold it: what a replay reads of feeds is not recorded piece by
 * piece. The latest first. For auditors: to others the database shows none of it.
 */
export async function listExposedPersons(
  tx: Tx,
  { channel, entries, fetchable, ticketSeconds, first, after }: PersonExposureFilter,
): Promise<(PersonExposure & PersonExposureCursor)[]> {
  return tx.query<PersonExposure & PersonExposureCursor>(LIST, [
    channel,
    entries.map(({ index }) => index),
    entries.map(({ line }) => line),
    fetchable,
    ticketSeconds,
    after?.micros ?? null,
    after?.kind ?? null,
    after?.number ?? null,
    first,
  ]);
}
