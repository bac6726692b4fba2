import { decodeMetadata } from './metadata-decoder.js';
import { ASSURANCES, GREATEST_KNOWN_TAG, STATUSES, TAG, type Metadata } from './metadata.js';
import { PackError } from './pack-error.js';
import { pushVarint } from './varint.js';

/**
 * The one encoding of `metadata`: fields in ascending order of tag, each `tag varint | length varint | payload`.
 *
 * @throws PackError `bad-metadata` or `bad-varint` when a field breaks its rule: order, range, number, bucketed count
 */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  const out: number[] = [];
  pushField(out, TAG.status, oneByte(STATUSES.indexOf(metadata.status)));
  pushField(out, TAG.assurance, oneByte(ASSURANCES.indexOf(metadata.assurance)));
  pushField(out, TAG.supporters, varints([metadata.supporters]));
  pushOptionalField(out, TAG.labels, labelPayload(metadata));
  pushOptionalField(out, TAG.expiry, metadata.expiryDay === undefined ? [] : varints([metadata.expiryDay]));
  pushOptionalField(out, TAG.quality, metadata.quality === undefined ? [] : oneByte(metadata.quality));
  pushOptionalField(out, TAG.authors, varints(metadata.authors));
  for (const { tag, payload } of metadata.unknown) pushField(out, laterTag(tag), payload);
  const bytes = Uint8Array.from(out);
  // What is left to check (order, ranges, counts) the decoder knows: no second set of the same rules.
  decodeMetadata(bytes);
  return bytes;
}

function pushOptionalField(out: number[], tag: number, payload: readonly number[]): void {
  if (payload.length > 0) pushField(out, tag, payload);
}

function pushField(out: number[], tag: number, payload: ArrayLike<number>): void {
  pushVarint(out, tag);
  pushVarint(out, payload.length);
  for (let i = 0; i < payload.length; i++) out.push(payload[i]!);
}

function labelPayload({ labels }: Metadata): number[] {
  const payload: number[] = [];
  for (const { code, count } of labels) {
    pushVarint(payload, code);
    pushVarint(payload, count);
  }
  return payload;
}

function varints(numbers: readonly number[]): number[] {
  const payload: number[] = [];
  for (const n of numbers) pushVarint(payload, n);
  return payload;
}

/** A number that is no byte must not be cut down to one that is. */
function oneByte(n: number): number[] {
  if (!Number.isInteger(n) || n < 0 || n > 0xff) {
    throw new PackError('bad-metadata', 'metadata: status, assurance or quality is out of range');
  }
  return [n];
}

/** A known tag among the unknown fields would be read back as that field. */
function laterTag(tag: number): number {
  if (tag <= GREATEST_KNOWN_TAG)
    throw new PackError('bad-metadata', 'metadata: an unknown field has a known tag');
  return tag;
}
