import { ByteWriter } from './byte-writer.js';
import {
  requireAfter,
  requireFitting,
  type AddChange,
  type Change,
  type RemoveChange,
  type UpdateChange,
} from './change.js';
import { decodeMetadata } from './metadata-decoder.js';
import { MetadataTable } from './metadata-table.js';
import { PackError } from './pack-error.js';
import { indexWidth, packBytes } from './pack-size.js';
import { FLAG_VALUES, PACK_LIMITS, PACK_MAGIC, VALUE_LENGTH_BYTES, type PackContents } from './pack.js';
import { requireKeyOfValue } from './record.js';
import { requireShape } from './set-shape.js';
import { HASH_BYTES } from './tile-tree.js';

interface Sections {
  added: AddChange[];
  updated: UpdateChange[];
  removed: RemoveChange[];
}

/**
 * The one pack that says `contents` (docs/protocol-feed.md, "Pack"). Its name is the SHA-256 of these bytes.
 *
 * @throws PackError with the code that a decoder would give: a pack that would be refused is never made
 */
export function encodePack(contents: PackContents): Uint8Array {
  requireShape(contents);
  for (const root of [contents.from, contents.to]) requireRoot(root);
  const sections = sectionsOf(contents);
  const table = new MetadataTable();
  const ids = [...sections.added, ...sections.updated].map(({ metadata }) => table.idOf(metadata));
  const { strings, positions } = table.sorted();
  for (const metadata of strings) decodeMetadata(metadata);
  const writer = new ByteWriter(sizeOf(contents, sections, table));
  writeHeader(writer, contents, sections);
  writeTable(writer, strings);
  writeKeys(writer, sections);
  writeMetadataIndex(writer, ids, positions);
  for (const { reason } of sections.removed) writer.u8(reason);
  if (contents.hasValues) writeValues(writer, sections.added);
  return writer.bytes;
}

function requireRoot(root: Uint8Array): void {
  if (root.length !== HASH_BYTES) throw new PackError('bad-root', 'pack: a set root is not 32 bytes long');
}

function sectionsOf(contents: PackContents): Sections {
  const sections: Sections = { added: [], updated: [], removed: [] };
  let previous: Change | undefined;
  for (const change of contents.changes) {
    requireAfter(previous, change);
    requireFitting(contents, change);
    if (change.op === 'add') sections.added.push(change);
    else if (change.op === 'update') sections.updated.push(change);
    else sections.removed.push(change);
    previous = change;
  }
  if (contents.hasValues) for (const { key, value } of sections.added) requireKeyOfValue(key, value);
  return sections;
}

function sizeOf(contents: PackContents, { added, updated, removed }: Sections, table: MetadataTable): number {
  let valueBytes = 0;
  if (contents.hasValues) for (const { value } of added) valueBytes += VALUE_LENGTH_BYTES + value.length;
  const size = packBytes(contents, {
    records: added.length + updated.length,
    removed: removed.length,
    distinct: table.distinct,
    metadataBytes: table.bytes,
    valueBytes,
  });
  if (contents.changes.length > PACK_LIMITS.changes || size > PACK_LIMITS.bytes) {
    throw new PackError('oversize', 'pack: above 65,536 changes or 8 MiB');
  }
  return size;
}

function writeHeader(
  writer: ByteWriter,
  contents: PackContents,
  { added, updated, removed }: Sections,
): void {
  const { type, keyLength, hasValues, from, to } = contents;
  writer.put(PACK_MAGIC);
  writer.u8(type.length);
  writer.put(Uint8Array.from(type, (character) => character.charCodeAt(0)));
  writer.u8(keyLength);
  writer.u8(hasValues ? FLAG_VALUES : 0);
  for (const section of [added, updated, removed]) writer.u32(section.length);
  writer.put(from);
  writer.put(to);
}

function writeTable(writer: ByteWriter, strings: readonly Uint8Array[]): void {
  writer.u32(strings.length);
  for (const metadata of strings) {
    writer.u16(metadata.length);
    writer.put(metadata);
  }
}

function writeKeys(writer: ByteWriter, { added, updated, removed }: Sections): void {
  for (const { key } of added) writer.put(key);
  for (const { key } of updated) writer.put(key);
  for (const { key } of removed) writer.put(key);
}

function writeMetadataIndex(writer: ByteWriter, ids: readonly number[], positions: Uint32Array): void {
  const wide = indexWidth(positions.length) === 2;
  for (const id of ids) {
    if (wide) writer.u16(positions[id]!);
    else writer.u8(positions[id]!);
  }
}

function writeValues(writer: ByteWriter, added: readonly AddChange[]): void {
  for (const { value } of added) {
    writer.u16(value.length);
    writer.put(value);
  }
}
