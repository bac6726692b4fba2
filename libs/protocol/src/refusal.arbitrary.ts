import fc from 'fast-check';
import { ProtocolError, type ProtocolErrorCode } from './protocol-error.js';

/** Where and why something was refused. */
export interface Refusal {
  code: ProtocolErrorCode;
  field: string;
  line?: number;
}

/** The refusal of what `act` does, or null when it does it. Anything but a ProtocolError goes on. */
export function refusalOf(act: () => unknown): Refusal | null {
  try {
    act();
    return null;
  } catch (error) {
    return asRefusal(error);
  }
}

/** The refusal with which `act` rejects, or null when it does not. Anything but a ProtocolError goes on. */
export async function asyncRefusalOf(act: () => Promise<unknown>): Promise<Refusal | null> {
  try {
    await act();
    return null;
  } catch (error) {
    return asRefusal(error);
  }
}

function asRefusal(error: unknown): Refusal {
  if (!(error instanceof ProtocolError)) throw error;
  const { code, field, line } = error;
  return line === undefined ? { code, field } : { code, field, line };
}

/** The message of the ProtocolError that `act` throws. */
export function messageOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** `text` as UTF-8. */
export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Compact JSON as UTF-8. */
export function jsonBytes(value: unknown): Uint8Array {
  return utf8(JSON.stringify(value));
}

/** `bytes` with the byte at `at` (modulo the length) changed by `flip`. */
export function mutated(bytes: Uint8Array, [at, flip]: readonly [number, number]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at % bytes.length]! ^= flip;
  return copy;
}

/** One byte of a mutation: where, and which bits. */
export const anyMutation = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));

/** JSON that holds some of the given members, each with its right or any other value. */
export function almost(valid: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  const members = Object.entries(valid).map(([name, value]): [string, fc.Arbitrary<unknown>] => [
    name,
    fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: fc.jsonValue() }),
  ]);
  return fc.oneof(fc.jsonValue(), fc.record(Object.fromEntries(members), { requiredKeys: [] }));
}
