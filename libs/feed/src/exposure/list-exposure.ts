import type { Tx } from '#libs/platform';
import type { FeedAccessWay } from '../access-history/index.js';
import { multirangeText, presenceOf, rangesOf } from './record-change.js';
import type { RecordHistory } from './record-finder.js';

/** That a member was served a value in one way, or could have fetched it. */
export interface MemberExposure {
  readonly member: string;
  /** `packs` and `delta`: it was served bytes of the kind that hold the value. `ticket`: it could have fetched such bytes. */
  readonly way: Exclude<FeedAccessWay, 'rounds'>;
  /** Whether bytes that hold the value were certainly among what was served; what else was served with them is not told apart. */
  readonly certain: boolean;
  /** When first and last in the hours that it is about; of tickets, begin and end of what they opened. */
  readonly firstAt: Date;
  readonly lastAt: Date;
  /** How often the member was served in this way in those hours, whatever it was; of tickets, how many. */
  readonly count: number;
  /** Of tickets, when they opened packs that hold the value: those of one hour as one. */
  readonly windows: readonly { readonly from: Date; readonly to: Date }[];
}

export interface ExposureFilter {
  readonly channel: string;
  /** Stored number of the signal type. */
  readonly typeCode: number;
  readonly first: number;
  /** Member and way of the last one seen; null to begin. */
  readonly after: { readonly member: string; readonly way: string } | null;
}

type Row = Omit<MemberExposure, 'windows'> & { windows: { from: string; to: string }[] | null };

/**
 * `$3`: leaves that change the record, `$4`: those of them with one pack of the type, `$5`: sizes at which the feed holds it, `$6`: since when the first
 * of the packs could be fetched. A snapshot that has the record stands for all leaves before it, and for the size 0, from which its packs lead. A pack that is announced again is in the history with its first round, which changed the record, too. A change survives
 * folding when the record is there before or after the fold.
 */
const LIST = `
  WITH exposed AS (
    SELECT f.member_id, f.way, f.first_at, f.last_at, f.count, f.way = 'packs' AND f.rounds && $4::int8multirange AS certain,
           NULL::tstzrange AS open
      FROM cairn.feed_access f JOIN cairn.channel c ON c.id = f.channel_id
     WHERE c.name = $1 AND f.type_code = $2
       AND (f.way = 'packs' AND f.rounds && $3::int8multirange
         OR f.way = 'delta' AND f.span && $3::int8multirange
              AND ($5::int8multirange @> lower(f.span) OR $5::int8multirange @> upper(f.span)))
    UNION ALL
    SELECT f.member_id, f.way, greatest(f.first_at, $6), f.until, f.count, false, tstzrange(greatest(f.first_at, $6), f.until)
      FROM cairn.feed_access f JOIN cairn.channel c ON c.id = f.channel_id
     WHERE c.name = $1 AND f.way = 'ticket' AND f.until > $6::timestamptz
  ), listed AS (
    SELECT m.handle AS member, e.way, bool_or(e.certain) AS certain, min(e.first_at) AS first_at, max(e.last_at) AS last_at,
           sum(e.count) AS count, range_agg(e.open) AS open
      FROM exposed e JOIN cairn.member m ON m.id = e.member_id GROUP BY m.handle, e.way)
  SELECT member, way, certain, first_at AS "firstAt", last_at AS "lastAt", count::float8 AS count,
         (SELECT json_agg(json_build_object('from', lower(o), 'to', upper(o)) ORDER BY lower(o)) FROM unnest(open) AS o) AS windows
    FROM listed
   WHERE $7::text IS NULL OR (member COLLATE "C", way COLLATE "C") > ($7, $8)
   ORDER BY member COLLATE "C", way COLLATE "C" LIMIT $9`;

/**
 * The members that were served a record's packs or deltas in which it changes, or had tickets with which they could fetch them, by name and way. A pack
 * stays in the feed until a horizon passes it, so a ticket opens it also after the record was removed. For auditors: to others the database shows no access.
 */
export async function listExposure(
  tx: Tx,
  { changes, size }: Pick<RecordHistory, 'changes' | 'size'>,
  { channel, typeCode, first, after }: ExposureFilter,
): Promise<MemberExposure[]> {
  const [earliest] = changes;
  if (earliest === undefined) return [];
  const rows = await tx.query<Row>(LIST, [
    channel,
    typeCode,
    multirangeText(rangesOf(changes)),
    multirangeText(rangesOf(changes.filter(({ alone }) => alone))),
    multirangeText(presenceOf(changes, size)),
    earliest.signedAt,
    after?.member ?? null,
    after?.way ?? null,
    first,
  ]);
  return rows.map(({ windows, ...row }) => ({
    ...row,
    windows: (windows ?? []).map(({ from, to }) => ({ from: new Date(from), to: new Date(to) })),
  }));
}

/** After when the access history is whole: rows of earlier times may have been deleted. For auditors; null for others. */
export async function accessHorizon(tx: Tx): Promise<Date | null> {
  const [row] = await tx.query<{ horizon: Date }>(
    'SELECT whole_after AS horizon FROM cairn.feed_access_horizon',
  );
  return row?.horizon ?? null;
}
