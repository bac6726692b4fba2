import type { Tx } from '#libs/platform';
import { signalTypeByCode, type Change } from '#libs/protocol';

/** The changed records of one type in one channel with keys in [from, to): what one pack will hold. */
export interface RecordPart {
  channelId: number;
  typeCode: number;
  /** First key of the part, or null for the first part. */
  from: Buffer | null;
  /** First key after the part, or null for the last part. */
  to: Buffer | null;
}

/**
 * Cuts the changed records into parts of at most `most` each, by channel, type and key.
 *
 * Only valid in the transaction of the `projectNext` that made them.
 */
export async function changedParts(tx: Tx, most: number): Promise<RecordPart[]> {
  const groups = await tx.query<{ channelId: number; typeCode: number; count: number }>(
    `SELECT channel_id AS "channelId", type_code AS "typeCode", count(*)::integer AS count
       FROM pg_temp.changed_record GROUP BY 1, 2 ORDER BY 1, 2`,
  );
  const parts: RecordPart[] = [];
  for (const { channelId, typeCode, count } of groups) {
    const starts = count <= most ? [] : await laterStarts(tx, channelId, typeCode, most);
    const bounds = [null, ...starts, null];
    for (let i = 0; i + 1 < bounds.length; i++) {
      parts.push({ channelId, typeCode, from: bounds[i]!, to: bounds[i + 1]! });
    }
  }
  return parts;
}

/**
 * Channels of which this step evaluated a signal, whether or not its record changed. Which they are follows from the statements alone, never
 * from what else is known about a signal.
 */
export async function touchedChannels(tx: Tx): Promise<number[]> {
  const rows = await tx.query<{ id: number }>(
    'SELECT DISTINCT channel_id AS id FROM pg_temp.affected_signal ORDER BY 1',
  );
  return rows.map(({ id }) => id);
}

/** First keys of the parts after the first. */
async function laterStarts(tx: Tx, channelId: number, typeCode: number, most: number): Promise<Buffer[]> {
  const rows = await tx.query<{ key: Buffer }>(
    `SELECT key FROM (
       SELECT key, row_number() OVER (ORDER BY key) AS n FROM pg_temp.changed_record
        WHERE channel_id = $1 AND type_code = $2) c
      WHERE n > 1 AND (n - 1) % $3 = 0 ORDER BY key`,
    [channelId, typeCode, most],
  );
  return rows.map(({ key }) => key);
}

const IN_PART = `channel_id = $1 AND type_code = $2 AND ($3::bytea IS NULL OR key >= $3) AND ($4::bytea IS NULL OR key < $4)`;

function parametersOf({ channelId, typeCode, from, to }: RecordPart): unknown[] {
  return [channelId, typeCode, from, to];
}

const INTO_RECORD = `
  INSERT INTO cairn.record (signal_id, channel_id, type_code, bucket, key, metadata, reason)
  SELECT signal_id, channel_id, type_code, bucket, key, after, reason FROM pg_temp.changed_record WHERE ${IN_PART}`;

/** Writes the records of a part. Nothing is looked for where no record can be: that is a good part of the cost of a new row. */
export async function writeRecords(tx: Tx, part: RecordPart): Promise<void> {
  await tx.query(`${INTO_RECORD} AND fresh`, parametersOf(part));
  await tx.query(
    `${INTO_RECORD} AND NOT fresh
      ON CONFLICT (signal_id, channel_id) DO UPDATE SET metadata = excluded.metadata, reason = excluded.reason`,
    parametersOf(part),
  );
}

interface ChangeGroup {
  op: Change['op'];
  metadata: Buffer | null;
  reason: number;
  keys: Buffer;
}

const NO_VALUE = new Uint8Array(0);

/** A change with the bucket of its key. */
export type BucketedChange = Change & { readonly bucket: number };

/** The bucket goes before each key. */
const BUCKET_BYTES = 4;

/** The changes of a part, in no order. Equal ones come from the database together, their keys packed. */
export async function readChanges(tx: Tx, part: RecordPart): Promise<BucketedChange[]> {
  const groups = await tx.query<ChangeGroup>(
    `SELECT op, metadata, reason, string_agg(int4send(bucket) || key, ''::bytea ORDER BY key) AS keys FROM (
       SELECT CASE WHEN after IS NULL THEN 'remove' WHEN before IS NULL THEN 'add' ELSE 'update' END AS op,
              after AS metadata, CASE WHEN after IS NULL THEN reason ELSE 0 END AS reason, key, bucket
         FROM pg_temp.changed_record WHERE ${IN_PART}) c
      GROUP BY op, metadata, reason`,
    parametersOf(part),
  );
  const { keyLength } = signalTypeByCode(part.typeCode)!;
  return groups.flatMap((group) => changesOf(group, keyLength));
}

function changesOf({ op, metadata, reason, keys }: ChangeGroup, keyLength: number): BucketedChange[] {
  const changes: BucketedChange[] = [];
  for (let at = 0; at < keys.length; at += BUCKET_BYTES + keyLength) {
    const bucket = keys.readInt32BE(at);
    const key = keys.subarray(at + BUCKET_BYTES, at + BUCKET_BYTES + keyLength);
    if (op === 'remove') changes.push({ op, key, reason, bucket });
    else if (op === 'update') changes.push({ op, key, metadata: metadata!, bucket });
    else changes.push({ op, key, metadata: metadata!, value: NO_VALUE, bucket });
  }
  return changes;
}
