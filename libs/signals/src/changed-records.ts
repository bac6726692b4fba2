import type { Tx } from '#libs/platform';
import { signalTypeByCode, type Change } from '#libs/protocol';

/** The changed records of one type in one channel with keys in [from, to): what one pack will hold. */
export interface RecordPart {
  channelId: number;
  typeCode: number;
  /** First key of the part. */
  from: Buffer;
  /** First key after the part, or null for the last part. */
  to: Buffer | null;
}

/**
 * Cuts the changed records into parts of at most `most` each, by channel, type and key.
 *
 * Only valid in the transaction of the `projectNext` that made them.
 */
export async function changedParts(tx: Tx, most: number): Promise<RecordPart[]> {
  const starts = await tx.query<{ channelId: number; typeCode: number; key: Buffer }>(
    `SELECT channel_id AS "channelId", type_code AS "typeCode", key FROM (
       SELECT channel_id, type_code, key,
              row_number() OVER (PARTITION BY channel_id, type_code ORDER BY key) AS n FROM pg_temp.changed_record) c
      WHERE (n - 1) % $1 = 0 ORDER BY channel_id, type_code, key`,
    [most],
  );
  return starts.map(({ channelId, typeCode, key }, i) => {
    const next = starts[i + 1];
    const goesOn = next !== undefined && next.channelId === channelId && next.typeCode === typeCode;
    return { channelId, typeCode, from: key, to: goesOn ? next.key : null };
  });
}

const IN_PART = `channel_id = $1 AND type_code = $2 AND key >= $3 AND ($4::bytea IS NULL OR key < $4)`;

function parametersOf({ channelId, typeCode, from, to }: RecordPart): unknown[] {
  return [channelId, typeCode, from, to];
}

/** Writes the records of a part. */
export async function writeRecords(tx: Tx, part: RecordPart): Promise<void> {
  await tx.query(
    `INSERT INTO cairn.record (signal_id, channel_id, type_code, bucket, key, metadata, reason)
      SELECT signal_id, channel_id, type_code, bucket, key, after, reason FROM pg_temp.changed_record WHERE ${IN_PART}
      ON CONFLICT (signal_id, channel_id) DO UPDATE SET metadata = excluded.metadata, reason = excluded.reason`,
    parametersOf(part),
  );
}

/** Leaf hashes of buckets of a set tree: 32 bytes each, in the order of `buckets`. */
export interface BucketHashes {
  buckets: number[];
  hashes: Buffer;
}

/**
 * Hashes the buckets that a part touches, from the records as they stand now. The hash is computed where the records are: each as
 * key, metadata and value behind their lengths (docs/protocol.md, "Set root"), in order of key.
 */
export async function hashTouchedBuckets(tx: Tx, part: RecordPart): Promise<BucketHashes> {
  const [row] = await tx.query<BucketHashes>(
    `SELECT array_agg(t.bucket ORDER BY t.bucket) AS buckets,
            string_agg(sha256('\\x00'::bytea || coalesce(b.records, ''::bytea)), ''::bytea ORDER BY t.bucket) AS hashes
       FROM (SELECT DISTINCT bucket FROM pg_temp.changed_record WHERE ${IN_PART}) t
       CROSS JOIN LATERAL (
         SELECT string_agg(int2send(length(r.key)::smallint) || r.key || int2send(length(r.metadata)::smallint)
                             || r.metadata || '\\x00000000'::bytea, ''::bytea ORDER BY r.key) AS records
           FROM cairn.record r
          WHERE r.channel_id = $1 AND r.type_code = $2 AND r.bucket = t.bucket AND r.metadata IS NOT NULL) b`,
    parametersOf(part),
  );
  return row!;
}

interface ChangeGroup {
  op: Change['op'];
  metadata: Buffer | null;
  reason: number;
  keys: Buffer;
}

const NO_VALUE = new Uint8Array(0);

/** The changes of a part, in no order. Equal ones come from the database together, their keys packed. */
export async function readChanges(tx: Tx, part: RecordPart): Promise<Change[]> {
  const groups = await tx.query<ChangeGroup>(
    `SELECT op, metadata, reason, string_agg(key, ''::bytea ORDER BY key) AS keys FROM (
       SELECT CASE WHEN after IS NULL THEN 'remove' WHEN before IS NULL THEN 'add' ELSE 'update' END AS op,
              after AS metadata, CASE WHEN after IS NULL THEN reason ELSE 0 END AS reason, key
         FROM pg_temp.changed_record WHERE ${IN_PART}) c
      GROUP BY op, metadata, reason`,
    parametersOf(part),
  );
  const { keyLength } = signalTypeByCode(part.typeCode)!;
  return groups.flatMap((group) => changesOf(group, keyLength));
}

function changesOf({ op, metadata, reason, keys }: ChangeGroup, keyLength: number): Change[] {
  const changes: Change[] = [];
  for (let at = 0; at < keys.length; at += keyLength) {
    const key = keys.subarray(at, at + keyLength);
    if (op === 'remove') changes.push({ op, key, reason });
    else if (op === 'update') changes.push({ op, key, metadata: metadata! });
    else changes.push({ op, key, metadata: metadata!, value: NO_VALUE });
  }
  return changes;
}
