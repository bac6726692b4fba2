import type { Tx } from '#libs/platform';
import { blankLines } from '../blank-lines-column.js';

/** The entry that is to be proved. */
export interface WantedEntry {
  /** Signal type and its canonical value. */
  readonly type: string;
  readonly value: string;
  readonly channel: string;
  /** Log index of the submission; null for the latest about the signal. */
  readonly index: number | null;
}

/** An entry of any member with the submission it is part of. */
export interface FoundEntry {
  /** Index of the submission in the provenance log. */
  readonly index: number;
  readonly line: number;
  readonly memberId: number;
  readonly member: string;
  readonly named: boolean;
  /** NDJSON of the submission, but for its blank lines. */
  readonly entries: Buffer;
  /** How many lines it had when it was signed. */
  readonly count: number;
  /** Lines without bytes as `u32 line | 32 bytes leaf hash` each; null when there is none. */
  readonly blank: Buffer | null;
  readonly manifest: string;
  readonly content: Buffer;
  readonly author: Buffer;
  /** Thumbprint of the key that signed, index of its statement, and how it ended if it did. */
  readonly key: string;
  readonly keyIndex: number;
  readonly revoked: number | null;
  readonly voidFrom: number | null;
}

const FIND = `
  SELECT e.log_index::float8 AS index, e.line, e.member_id AS "memberId", m.handle AS member, e.named, s.entries, s.manifest,
         s.entry_count AS count, ${blankLines('s')} AS blank,
         s.content_body AS content, s.author_body AS author, k.thumbprint AS key, k.added_index::float8 AS "keyIndex",
         k.revoked_index::float8 AS revoked, k.void_from::float8 AS "voidFrom"
    FROM cairn.signal g
    JOIN cairn.entry e ON e.signal_id = g.id
    JOIN cairn.channel c ON c.id = e.channel_id
    JOIN cairn.submission s ON s.log_index = e.log_index
    JOIN cairn.member m ON m.id = e.member_id
    JOIN cairn.member_key k ON k.id = e.key_id
   WHERE g.type_code = $1 AND g.key = $2 AND c.name = $3 AND e.log_index < $4
     AND ($5::bigint IS NULL OR e.log_index = $5) AND ($6::integer IS NULL OR e.member_id = $6)
   ORDER BY e.log_index DESC, e.line DESC LIMIT 1`;

/** An entry that was erased. */
export interface ErasedEntry {
  readonly index: number;
  /** Log index of the `erase` statement. */
  readonly erasedBy: number;
}

const FIND_ERASED = `
  SELECT g.log_index::float8 AS index, g.erased_index::float8 AS "erasedBy"
    FROM cairn.signal s
    JOIN cairn.erased_line g ON g.signal_id = s.id
    JOIN cairn.channel c ON c.id = g.channel_id
   WHERE s.type_code = $1 AND s.key = $2 AND c.name = $3 AND g.erased_index < $4 AND g.log_index = $5
     AND ($6::integer IS NULL OR g.member_id = $6)
   ORDER BY g.line DESC LIMIT 1`;

/**
 * The entry of a given index about a signal that was erased, while somebody else still names the signal: after that nobody knows what it was about.
 * Limits are those of `findEntry`.
 */
export async function findErased(
  tx: Tx,
  typeCode: number,
  key: Uint8Array,
  { channel, index }: WantedEntry,
  { size, author }: { size: number; author: number | null },
): Promise<ErasedEntry | null> {
  if (index === null) return null;
  const parameters = [typeCode, Buffer.from(key), channel, size, index, author];
  const [found] = await tx.query<ErasedEntry>(FIND_ERASED, parameters);
  return found ?? null;
}

/**
 * The latest entry about a signal in a channel, or that of a given index; null when there is none.
 *
 * @param limit.size only entries below this log index
 * @param limit.author only entries of this member
 */
export async function findEntry(
  tx: Tx,
  typeCode: number,
  key: Uint8Array,
  { channel, index }: WantedEntry,
  { size, author }: { size: number; author: number | null },
): Promise<FoundEntry | null> {
  const [found] = await tx.query<FoundEntry>(FIND, [
    typeCode,
    Buffer.from(key),
    channel,
    size,
    index,
    author,
  ]);
  return found ?? null;
}
