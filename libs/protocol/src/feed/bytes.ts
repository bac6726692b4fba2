/** No bytes: the value of every record of a fixed-length type. */
export const NO_BYTES = new Uint8Array(0);

const CHUNK = 4096;

/** Negative, zero or positive as `a` sorts before, with or after `b`, bytewise; a prefix sorts before what it begins. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  return compareAt(a, 0, b, 0, shared) || a.length - b.length;
}

/** Compares `length` bytes of `a` from `aStart` with as many of `b` from `bStart`, without making views of them. */
export function compareAt(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  length: number,
): number {
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether both hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareAt(a, 0, b, 0, a.length) === 0;
}

/** A string of one character per byte (U+0000 to U+00FF): a map key that is equal exactly when the bytes are. */
export function byteString(bytes: Uint8Array): string {
  let text = '';
  for (let start = 0; start < bytes.length; start += CHUNK) {
    // apply() takes the view as its argument list; spreading it instead is three times as slow.
    text += String.fromCharCode.apply(null, bytes.subarray(start, start + CHUNK) as unknown as number[]);
  }
  return text;
}

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}
