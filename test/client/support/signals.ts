import { createHash } from 'node:crypto';
import { encodeMetadata, type Change, type Metadata, type SetShape } from '#libs/protocol';

export const SHA256: SetShape = { type: 'sha256', keyLength: 32, hasValues: false };
export const PDQ: SetShape = { type: 'pdq', keyLength: 32, hasValues: false };
export const MD5: SetShape = { type: 'md5', keyLength: 16, hasValues: false };

const NO_VALUE = new Uint8Array(0);

/** Key of signal number `n`. */
export function keyOf({ keyLength, type }: SetShape, n: number): Uint8Array {
  return new Uint8Array(createHash('sha256').update(`${type} ${n}`).digest().subarray(0, keyLength));
}

/** Canonical value of signal number `n`. */
export function valueOf(shape: SetShape, n: number): string {
  return Buffer.from(keyOf(shape, n)).toString('hex');
}

export function metadata(facts: Partial<Metadata> = {}): Uint8Array {
  return encodeMetadata({
    ...{ status: 'active', assurance: 'provisional', supporters: 1, labels: [], authors: [], unknown: [] },
    ...facts,
  });
}

export function add(shape: SetShape, n: number, facts?: Partial<Metadata>): Change {
  return { op: 'add', key: keyOf(shape, n), metadata: metadata(facts), value: NO_VALUE };
}

export function update(shape: SetShape, n: number, facts?: Partial<Metadata>): Change {
  return { op: 'update', key: keyOf(shape, n), metadata: metadata(facts) };
}

export function remove(shape: SetShape, n: number, reason = 1): Change {
  return { op: 'remove', key: keyOf(shape, n), reason };
}

/** Additions of the signals from `from` to `to` (not included). */
export function adds(shape: SetShape, from: number, to: number): Change[] {
  return Array.from({ length: to - from }, (_, i) => add(shape, from + i));
}
