import { ByteReader } from '../feed/byte-reader.js';
import { compareBytes } from '../feed/bytes.js';
import { ProtocolError } from '../protocol-error.js';

/** Reads a chunk front to back; what it refuses is a ProtocolError. */
export class StateChunkReader extends ByteReader {
  constructor(bytes: Uint8Array) {
    super(bytes, 'truncated', 'state');
  }

  /** The bytes break the layout. */
  override fail(rule: string): never {
    throw new ProtocolError({ code: 'BAD_FRAMING', field: 'state', rule });
  }

  /** A field breaks its rule. */
  check(holds: boolean, field: string, rule: string): void {
    if (!holds) throw new ProtocolError({ code: 'BAD_FIELD', field: `state.${field}`, rule });
  }

  /** Keys ascend. */
  requireAfter(last: Uint8Array | null, next: Uint8Array): void {
    const ascends = last === null || compareBytes(last, next) < 0;
    this.check(ascends, 'key', 'must be distinct and in ascending order');
  }
}
