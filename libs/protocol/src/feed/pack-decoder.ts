import { compareBytes } from './bytes.js';
import { ByteReader } from './byte-reader.js';
import { decodeMetadata } from './metadata-decoder.js';
import { PackError } from './pack-error.js';
import { requireDisjoint, requireStrictlyAscending } from './pack-keys.js';
import { indexWidth } from './pack-size.js';
import {
  FLAG_VALUES,
  PACK_LIMITS,
  PACK_MAGIC,
  packKey,
  packValue,
  VALUE_LENGTH_BYTES,
  type AddedColumn,
  type Pack,
  type RecordColumn,
} from './pack.js';
import { MAX_INLINE_VALUE_BYTES, requireKeyOfValue } from './record.js';
import { requireShape, type SetShape } from './set-shape.js';
import { HASH_BYTES } from './tile-tree.js';

interface Counts {
  added: number;
  updated: number;
  removed: number;
}

/**
 * Reads a pack and checks everything that can be checked without the set. Only the one canonical encoding is
 * accepted. Nothing is allocated for a count before the bytes it announces are known to be there.
 *
 * @throws PackError naming what failed; see `PackErrorCode`
 */
export function decodePack(bytes: Uint8Array): Pack {
  if (bytes.length > PACK_LIMITS.bytes) throw new PackError('oversize', 'pack: above 8 MiB');
  const reader = new ByteReader(bytes, 'truncated', 'pack');
  const shape = readShape(reader);
  const counts = readCounts(reader);
  const from = reader.take(HASH_BYTES, 'the root before');
  const to = reader.take(HASH_BYTES, 'the root after');
  const metadata = readMetadataTable(reader, counts.added + counts.updated);
  const columns = readColumns(reader, shape, counts, metadata.length);
  if (!reader.atEnd) throw new PackError('trailing', 'pack: bytes after its end');
  const pack: Pack = { ...shape, from, to, metadata, ...columns };
  requireKeys(pack);
  requireValues(pack);
  return pack;
}

function readShape(reader: ByteReader): SetShape {
  const magic = reader.take(PACK_MAGIC.length, 'the magic');
  if (compareBytes(magic, PACK_MAGIC) !== 0)
    throw new PackError('bad-magic', 'pack: does not begin with CAIRNPK1');
  const type = String.fromCharCode(...reader.take(reader.u8('the type name'), 'the type name'));
  const keyLength = reader.u8('the key length');
  const flags = reader.u8('the flags');
  if (flags > FLAG_VALUES) throw new PackError('bad-flags', 'pack: an unknown flag is set');
  const shape = { type, keyLength, hasValues: flags === FLAG_VALUES };
  requireShape(shape);
  return shape;
}

function readCounts(reader: ByteReader): Counts {
  const added = reader.u32('the counts');
  const updated = reader.u32('the counts');
  const removed = reader.u32('the counts');
  if (added + updated + removed > PACK_LIMITS.changes)
    throw new PackError('oversize', 'pack: above 65,536 changes');
  return { added, updated, removed };
}

function readMetadataTable(reader: ByteReader, records: number): Uint8Array[] {
  const distinct = reader.u32('the metadata table');
  if (distinct > records) throw new PackError('unused-metadata', 'pack: more metadata strings than records');
  const strings: Uint8Array[] = [];
  while (strings.length < distinct) {
    const metadata = reader.take(reader.u16('the metadata table'), 'the metadata table');
    const previous = strings.at(-1);
    if (previous !== undefined) requireAscendingMetadata(previous, metadata);
    decodeMetadata(metadata);
    strings.push(metadata);
  }
  return strings;
}

function requireAscendingMetadata(before: Uint8Array, after: Uint8Array): void {
  const order = compareBytes(before, after);
  if (order === 0) throw new PackError('duplicate-metadata', 'pack: a metadata string stands twice');
  if (order > 0) throw new PackError('unsorted-metadata', 'pack: metadata strings do not ascend');
}

function readColumns(
  reader: ByteReader,
  shape: SetShape,
  { added, updated, removed }: Counts,
  distinct: number,
) {
  const addedKeys = reader.take(added * shape.keyLength, 'the added keys');
  const updatedKeys = reader.take(updated * shape.keyLength, 'the updated keys');
  const removedKeys = reader.take(removed * shape.keyLength, 'the removed keys');
  const index = readMetadataIndex(reader, added + updated, distinct);
  const reasons = reader.take(removed, 'the removal reasons');
  if (reasons.includes(0)) throw new PackError('bad-reason', 'pack: a removal reason is 0');
  const values = readValues(reader, shape.hasValues ? added : 0);
  const addedColumn: AddedColumn = {
    count: added,
    keys: addedKeys,
    metadataIndex: index.subarray(0, added),
    ...values,
  };
  const updatedColumn: RecordColumn = {
    count: updated,
    keys: updatedKeys,
    metadataIndex: index.subarray(added),
  };
  return {
    added: addedColumn,
    updated: updatedColumn,
    removed: { count: removed, keys: removedKeys, reasons },
  };
}

function readMetadataIndex(reader: ByteReader, records: number, distinct: number): Uint16Array {
  const width = indexWidth(distinct);
  const column = reader.take(records * width, 'the metadata index');
  const index = new Uint16Array(records);
  const used = new Uint8Array(distinct);
  for (let at = 0; at < records; at++) {
    const position = width === 1 ? column[at]! : column[2 * at]! * 0x100 + column[2 * at + 1]!;
    if (position >= distinct)
      throw new PackError('bad-metadata-index', `pack: record ${at} has no metadata string`);
    index[at] = position;
    used[position] = 1;
  }
  if (used.includes(0)) throw new PackError('unused-metadata', 'pack: a metadata string is not used');
  return index;
}

function readValues(reader: ByteReader, count: number): Pick<AddedColumn, 'values' | 'valueStarts'> {
  const column = reader.rest();
  const valueStarts = new Uint32Array(count === 0 ? 0 : count + 1);
  let end = 0;
  for (let at = 0; at < count; at++) {
    const length = reader.u16('the values');
    if (length === 0 || length > MAX_INLINE_VALUE_BYTES) {
      throw new PackError('bad-value', `pack: value ${at} is not 1 to 1,024 bytes long`);
    }
    reader.take(length, 'the values');
    valueStarts[at] = end + VALUE_LENGTH_BYTES;
    end += VALUE_LENGTH_BYTES + length;
    valueStarts[at + 1] = end + VALUE_LENGTH_BYTES;
  }
  return { values: column.subarray(0, end), valueStarts };
}

function requireKeys({ keyLength, added, updated, removed }: Pack): void {
  requireStrictlyAscending(added, keyLength, 'added');
  requireStrictlyAscending(updated, keyLength, 'updated');
  requireStrictlyAscending(removed, keyLength, 'removed');
  requireDisjoint(added, updated, keyLength, 'added and updated');
  requireDisjoint(added, removed, keyLength, 'added and removed');
  requireDisjoint(updated, removed, keyLength, 'updated and removed');
}

function requireValues(pack: Pack): void {
  if (!pack.hasValues) return;
  for (let at = 0; at < pack.added.count; at++)
    requireKeyOfValue(packKey(pack, pack.added, at), packValue(pack, at));
}
