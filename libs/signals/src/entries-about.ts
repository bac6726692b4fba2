import type { Tx } from '#libs/platform';

/** Place of an entry in the provenance log. */
export interface EntryPlace {
  /** Log index of its submission. */
  readonly index: number;
  /** Line in it, from 0. */
  readonly line: number;
}

const ABOUT = `
  SELECT e.log_index::float8 AS index, e.line
    FROM cairn.signal s JOIN cairn.entry e ON e.signal_id = s.id
    JOIN cairn.channel c ON c.id = e.channel_id CROSS JOIN cairn.projection p
   WHERE c.name = $1 AND s.type_code = $2 AND s.key = $3 AND e.log_index < p.size ORDER BY e.log_index, e.line`;

/**
 * Every entry about a signal in a channel that the log has and the projection has applied, in log order, whoever said it and whatever was decided.
 * For `system:provenance`: to others the database shows no entries of all members.
 *
 * @param typeCode stored number of the signal type
 * @param key record key of the value
 */
export async function findEntriesAbout(
  tx: Tx,
  channel: string,
  typeCode: number,
  key: Uint8Array,
): Promise<EntryPlace[]> {
  return tx.query<EntryPlace>(ABOUT, [channel, typeCode, Buffer.from(key)]);
}
