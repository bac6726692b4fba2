import { TlogError } from './tlog-error.js';

const DECIMAL = /^(?:0|[1-9][0-9]*)$/;

/**
 * The integer written as ASCII decimal without leading zeros (c2sp.org/tlog-checkpoint, tree size). An
 * integer over 2^53 - 1 is refused, never rounded.
 */
export function parseDecimal(text: string, field: string): number {
  if (!DECIMAL.test(text)) {
    throw new TlogError('malformed', `${field}: must be a decimal integer without leading zeros`);
  }
  return requireInteger(Number(text), field);
}

/** `value` if it is a safe integer, zero or more. Sizes and indexes in this library are all of that kind. */
export function requireInteger(value: number, field: string): number {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new TlogError('out_of_range', `${field}: must be an integer from 0 to 2^53 - 1`);
  }
  return value;
}

/** Eight bytes of `bytes` at `offset`, big-endian; over 2^53 - 1 is refused. */
export function readUint64(bytes: Uint8Array, offset: number, field: string): number {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset);
  return requireInteger(Number(value), field);
}

/** `value` as eight big-endian bytes. */
export function uint64Bytes(value: number, field: string): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(requireInteger(value, field)));
  return bytes;
}
