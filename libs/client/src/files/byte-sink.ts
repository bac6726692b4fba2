const FIRST_BYTES = 4096;
const TWO_TO_32 = 2 ** 32;

/** A sink that is emptied keeps room up to so many bytes: hundreds of them are in memory at a time. */
const MOST_KEPT_BYTES = 1024 * 1024;

/** Bytes that grow at their end. What is emptied keeps its room, unless it is large. */
export class ByteSink {
  private bytes = Buffer.allocUnsafe(FIRST_BYTES);
  private at = 0;

  get length(): number {
    return this.at;
  }

  /** All of it: a view, good until something is put or it is emptied. */
  view(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  empty(): void {
    this.at = 0;
    if (this.bytes.length > MOST_KEPT_BYTES) this.bytes = Buffer.allocUnsafe(FIRST_BYTES);
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.at++] = value;
  }

  u16(value: number): void {
    this.reserve(2);
    this.at = this.bytes.writeUInt16BE(value, this.at);
  }

  u32(value: number): void {
    this.reserve(4);
    this.at = this.bytes.writeUInt32BE(value, this.at);
  }

  /** An integer of 0 to 2^53 - 1. */
  u64(value: number): void {
    this.u32(Math.floor(value / TWO_TO_32));
    this.u32(value % TWO_TO_32);
  }

  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.at);
    this.at += bytes.length;
  }

  private reserve(more: number): void {
    if (this.at + more <= this.bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + more));
    this.bytes.copy(wider, 0, 0, this.at);
    this.bytes = wider;
  }
}

/** Reads what a {@link ByteSink} was given. The bytes were checked against their digest before. */
export class ByteSource {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get atEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** The next byte, which stays to be read; undefined at the end. */
  peek(): number | undefined {
    return this.bytes[this.at];
  }

  /** An integer that begins so many bytes on, and stays to be read. */
  peekU32(ahead: number): number {
    return this.bytes.readUInt32BE(this.at + ahead);
  }

  peekU64(ahead: number): number {
    return this.peekU32(ahead) * TWO_TO_32 + this.peekU32(ahead + 4);
  }

  u8(): number {
    return this.bytes[this.at++]!;
  }

  u16(): number {
    this.at += 2;
    return this.bytes.readUInt16BE(this.at - 2);
  }

  u32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  u64(): number {
    return this.u32() * TWO_TO_32 + this.u32();
  }

  /** The next bytes, a view. */
  take(length: number): Buffer {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}
