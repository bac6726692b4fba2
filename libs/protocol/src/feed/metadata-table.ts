import { byteString, compareBytes } from './bytes.js';

/** Bytes before a metadata string in a pack: its length. */
const LENGTH_BYTES = 2;

/** The distinct metadata strings of a pack in the making. */
export class MetadataTable {
  private readonly strings: Uint8Array[] = [];
  private readonly ids = new Map<string, number>();
  private size = 0;

  /** Number of distinct strings. */
  get distinct(): number {
    return this.strings.length;
  }

  /** Bytes of the table's rows in a pack. */
  get bytes(): number {
    return this.size;
  }

  /** The number of `metadata` in order of first use; takes it in when it is new. */
  idOf(metadata: Uint8Array): number {
    const name = byteString(metadata);
    const known = this.ids.get(name);
    if (known !== undefined) return known;
    this.ids.set(name, this.strings.length);
    this.size += LENGTH_BYTES + metadata.length;
    return this.strings.push(metadata) - 1;
  }

  /** The strings in ascending order, and for each id its position in that order. */
  sorted(): { strings: Uint8Array[]; positions: Uint32Array } {
    const order = this.strings.map((metadata, id) => ({ metadata, id }));
    order.sort((a, b) => compareBytes(a.metadata, b.metadata));
    const positions = new Uint32Array(order.length);
    order.forEach(({ id }, position) => (positions[id] = position));
    return { strings: order.map(({ metadata }) => metadata), positions };
  }
}
