import { PackError, type PackErrorCode } from './pack-error.js';

/** Reads big-endian fields front to back. Views, never copies; every field is checked to be there before it is read. */
export class ByteReader {
  #at = 0;

  /** `code` and `subject` say what is refused when the bytes end too early or {@link fail} is called. */
  constructor(
    private readonly bytes: Uint8Array,
    private readonly code: PackErrorCode,
    private readonly subject: string,
  ) {}

  get atEnd(): boolean {
    return this.#at === this.bytes.length;
  }

  /** The next `length` bytes, a view. */
  take(length: number, field: string): Uint8Array {
    if (length > this.bytes.length - this.#at) this.fail(`ends inside ${field}`);
    const start = this.#at;
    this.#at += length;
    return this.bytes.subarray(start, this.#at);
  }

  /** All bytes not yet read, a view; reads nothing. */
  rest(): Uint8Array {
    return this.bytes.subarray(this.#at);
  }

  u8(field: string): number {
    return this.bytes[this.#at++] ?? this.fail(`ends inside ${field}`);
  }

  u16(field: string): number {
    return this.u8(field) * 0x100 + this.u8(field);
  }

  u32(field: string): number {
    return this.u16(field) * 0x10000 + this.u16(field);
  }

  /** An integer up to 2^53 - 1, in eight bytes. */
  u64(field: string): number {
    const high = this.u32(field);
    if (high >= 2 ** 21) this.fail(`${field} is above 2^53 - 1`);
    return high * 2 ** 32 + this.u32(field);
  }

  fail(rule: string): never {
    throw new PackError(this.code, `${this.subject}: ${rule}`);
  }
}
