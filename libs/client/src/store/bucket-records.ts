/** Number of the source that {@link BucketRecords.load} reads. */
const OLD = 0;

/**
 * The records of one bucket while changes are applied to them, in columns that are used again from bucket to bucket. A
 * record lies in slots: its key, metadata and value are places in numbered byte arrays, which are copied only when the
 * bucket is written.
 */
export class BucketRecords {
  /** Number of records. */
  count = 0;
  /** Slots in ascending order of key. */
  private order: Int32Array = new Int32Array(64);
  private slots = 0;
  /** The first four bytes of each slot's key: most comparisons end there, without a look at the sources. */
  private keyPrefix: Int32Array = new Int32Array(64);
  private keySource: Int32Array = new Int32Array(64);
  private keyAt: Int32Array = new Int32Array(64);
  private metadataSource: Int32Array = new Int32Array(64);
  private metadataAt: Int32Array = new Int32Array(64);
  private metadataLength: Int32Array = new Int32Array(64);
  private valueSource: Int32Array = new Int32Array(64);
  private valueAt: Int32Array = new Int32Array(64);
  private valueLength: Int32Array = new Int32Array(64);
  /** As views, because they move and compare four bytes at a time. */
  private readonly sources: DataView[];

  /** @param sources  where records may lie beside the old bucket: number 1 and on */
  constructor(
    private readonly keyLength: number,
    sources: readonly Uint8Array[],
  ) {
    this.sources = [new Uint8Array(0), ...sources].map(viewOf);
  }

  /** Starts with the records in `bytes`, the leaf data of a bucket that was checked against its leaf hash. */
  load(bytes: Uint8Array): void {
    this.count = 0;
    this.slots = 0;
    const view = viewOf(bytes);
    this.sources[OLD] = view;
    for (let at = 0; at < bytes.length;) {
      const keyAt = at + 2;
      const metadataAt = keyAt + this.keyLength + 2;
      const metadataLength = view.getUint16(metadataAt - 2);
      const valueAt = metadataAt + metadataLength + 4;
      const slot = this.newSlot(OLD, keyAt);
      this.setMetadata(slot, OLD, metadataAt, metadataLength);
      // The upper half of the length is 0: no value is longer than 1,024 bytes.
      this.setValue(slot, OLD, valueAt, view.getUint16(valueAt - 2));
      this.order[this.count++] = slot;
      at = valueAt + this.valueLength[slot]!;
    }
  }

  /**
   * Position of the record with the key at `at` in a source; when there is none, the complement (`~`) of the position at
   * which it belongs.
   */
  find(source: number, at: number): number {
    const view = this.sources[source]!;
    const prefix = prefixAt(view, at, this.keyLength);
    let high = this.count;
    // Rows of one pack ascend, so most of them belong behind all others.
    if (high === 0 || this.compare(high - 1, prefix, view, at) < 0) return ~high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(middle, prefix, view, at);
      if (order === 0) return middle;
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return ~low;
  }

  /** Puts a record at `position`, without metadata and value yet; returns its slot. */
  insert(position: number, source: number, keyAt: number): number {
    const slot = this.newSlot(source, keyAt);
    for (let i = this.count; i > position; i--) this.order[i] = this.order[i - 1]!;
    this.order[position] = slot;
    this.count++;
    return slot;
  }

  removeAt(position: number): void {
    this.order.copyWithin(position, position + 1, this.count);
    this.count--;
  }

  slotAt(position: number): number {
    return this.order[position]!;
  }

  setMetadata(slot: number, source: number, at: number, length: number): void {
    this.metadataSource[slot] = source;
    this.metadataAt[slot] = at;
    this.metadataLength[slot] = length;
  }

  setValue(slot: number, source: number, at: number, length: number): void {
    this.valueSource[slot] = source;
    this.valueAt[slot] = at;
    this.valueLength[slot] = length;
  }

  /** Bytes that {@link write} writes. */
  byteLength(): number {
    let size = this.count * (this.keyLength + 8);
    for (let i = 0; i < this.count; i++) {
      const slot = this.order[i]!;
      size += this.metadataLength[slot]! + this.valueLength[slot]!;
    }
    return size;
  }

  /** Writes the leaf data of the bucket (docs/protocol-feed.md, "Record") at `at`; returns where it ends. */
  write(target: DataView, at: number): number {
    let end = at;
    for (let i = 0; i < this.count; i++) {
      const slot = this.order[i]!;
      const metadataLength = this.metadataLength[slot]!;
      const valueLength = this.valueLength[slot]!;
      end = writeU16(target, end, this.keyLength);
      end = copyInto(target, end, this.sources[this.keySource[slot]!]!, this.keyAt[slot]!, this.keyLength);
      end = writeU16(target, end, metadataLength);
      const metadata = this.sources[this.metadataSource[slot]!]!;
      end = copyInto(target, end, metadata, this.metadataAt[slot]!, metadataLength);
      end = writeU16(target, end, 0);
      end = writeU16(target, end, valueLength);
      if (valueLength > 0) {
        end = copyInto(target, end, this.sources[this.valueSource[slot]!]!, this.valueAt[slot]!, valueLength);
      }
    }
    return end;
  }

  private compare(position: number, prefix: number, source: DataView, at: number): number {
    const slot = this.order[position]!;
    const difference = this.keyPrefix[slot]! - prefix;
    if (difference !== 0) return difference;
    return compareAt(this.sources[this.keySource[slot]!]!, this.keyAt[slot]!, source, at, this.keyLength);
  }

  private newSlot(source: number, keyAt: number): number {
    const slot = this.slots++;
    if (slot === this.keyAt.length) this.grow();
    this.keyPrefix[slot] = prefixAt(this.sources[source]!, keyAt, this.keyLength);
    this.keySource[slot] = source;
    this.keyAt[slot] = keyAt;
    this.valueLength[slot] = 0;
    return slot;
  }

  private grow(): void {
    this.order = grown(this.order);
    this.keyPrefix = grown(this.keyPrefix);
    this.keySource = grown(this.keySource);
    this.keyAt = grown(this.keyAt);
    this.metadataSource = grown(this.metadataSource);
    this.metadataAt = grown(this.metadataAt);
    this.metadataLength = grown(this.metadataLength);
    this.valueSource = grown(this.valueSource);
    this.valueAt = grown(this.valueAt);
    this.valueLength = grown(this.valueLength);
  }
}

function grown(old: Int32Array): Int32Array {
  const wider = new Int32Array(old.length * 2);
  wider.set(old);
  return wider;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** A number that sorts as the first four bytes of a key do; 0 for all keys of fewer bytes. */
function prefixAt(source: DataView, at: number, keyLength: number): number {
  return keyLength < 4 ? 0 : source.getInt32(at) ^ SIGN;
}

/** Makes signed comparison that of unsigned numbers. */
const SIGN = 0x80000000 | 0;

/** Negative, zero or positive as the bytes of `a` sort before, with or after those of `b`. */
function compareAt(a: DataView, aAt: number, b: DataView, bAt: number, length: number): number {
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const difference = a.getUint32(aAt + i) - b.getUint32(bAt + i);
    if (difference !== 0) return difference;
  }
  for (; i < length; i++) {
    const difference = a.getUint8(aAt + i) - b.getUint8(bAt + i);
    if (difference !== 0) return difference;
  }
  return 0;
}

function copyInto(
  target: DataView,
  targetAt: number,
  source: DataView,
  sourceAt: number,
  length: number,
): number {
  let i = 0;
  for (; i + 4 <= length; i += 4) target.setUint32(targetAt + i, source.getUint32(sourceAt + i));
  for (; i < length; i++) target.setUint8(targetAt + i, source.getUint8(sourceAt + i));
  return targetAt + length;
}

function writeU16(target: DataView, at: number, value: number): number {
  target.setUint16(at, value);
  return at + 2;
}
