import { PackError } from './pack-error.js';
import { HASH_BYTES } from './tile-tree.js';

/** What all records of a set, and all packs that change it, have in common. */
export interface SetShape {
  /** Name of the signal type: 1 to 32 of a-z, 0-9 and hyphen. */
  readonly type: string;
  /** Bytes of every key, 1 to 255; 32 when there are values. */
  readonly keyLength: number;
  /** Whether records carry values: variable-length types, whose keys are SHA-256 of the value. */
  readonly hasValues: boolean;
}

const TYPE_NAME = /^[a-z0-9-]{1,32}$/;

/** @throws PackError `bad-type` or `bad-key-length` */
export function requireShape({ type, keyLength, hasValues }: SetShape): void {
  if (!isTypeName(type)) throw new PackError('bad-type', 'type name: not 1 to 32 of a-z, 0-9 and hyphen');
  if (!Number.isInteger(keyLength) || keyLength < 1 || keyLength > 0xff) {
    throw new PackError('bad-key-length', 'key length: not 1 to 255');
  }
  if (hasValues && keyLength !== HASH_BYTES)
    throw new PackError('bad-key-length', 'key length: values need 32');
}

/** Whether `text` can name a signal type. */
export function isTypeName(text: string): boolean {
  return TYPE_NAME.test(text);
}

/** Whether packs of the one shape may change sets of the other. */
export function sameShape(a: SetShape, b: SetShape): boolean {
  return a.type === b.type && a.keyLength === b.keyLength && a.hasValues === b.hasValues;
}
