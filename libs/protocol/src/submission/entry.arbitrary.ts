import fc from 'fast-check';
import { toHex } from '../hex.js';
import { SIGNAL_TYPES } from '../signal-types/registry.js';
import type { SignalType } from '../signal-types/signal-type.js';
import { formatDay } from './day.js';
import { MEDIA } from './entry.js';
import { RETRACTION_REASONS } from './operations.js';

/** Lower-case hex of so many random bytes. */
export function anyHex(bytes: number): fc.Arbitrary<string> {
  return fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex);
}

/** Code words such as labels. */
export const anyCode = fc.oneof(
  fc.constantFrom('a', 'csam', 'a.b_c-d', '9', `${'x'.repeat(63)}y`),
  fc.stringMatching(/^[a-z0-9](?:[a-z0-9._-]{0,6}[a-z0-9])?$/),
);

/** Days that `expires` can hold. */
export const anyDay = fc.oneof(fc.constantFrom(0, 58, 59, 11_016, 2_932_896), fc.nat(2_932_896));

const anyLabels = fc.uniqueArray(anyCode, { maxLength: 16 }).map((labels) => labels.sort());

/** One line as its author writes it. */
export type EntryJson = Record<string, unknown> & { op: string; type: string; value: string; salt: string };

function anyAssertOf(type: SignalType): fc.Arbitrary<EntryJson> {
  const quality = type.perceptual ? { quality: fc.nat(100) } : {};
  return fc.record(
    {
      op: fc.constant('assert'),
      type: fc.constant(type.name),
      value: anyHex(type.keyLength),
      salt: anyHex(16),
      labels: anyLabels,
      expires: anyDay.map(formatDay),
      legalBasis: anyCode,
      media: fc.constantFrom(...MEDIA),
      ...quality,
    },
    { requiredKeys: ['op', 'type', 'value', 'salt'] },
  ) as fc.Arbitrary<EntryJson>;
}

function anyRetractOf(type: SignalType): fc.Arbitrary<EntryJson> {
  return fc.record(
    {
      op: fc.constant('retract'),
      type: fc.constant(type.name),
      value: anyHex(type.keyLength),
      salt: anyHex(16),
      reason: fc.constantFrom(...Object.keys(RETRACTION_REASONS)),
    },
    { requiredKeys: ['op', 'type', 'value', 'salt'] },
  ) as fc.Arbitrary<EntryJson>;
}

/** Any line that is valid. */
export const anyEntryJson: fc.Arbitrary<EntryJson> = fc
  .constantFrom(...SIGNAL_TYPES)
  .chain((type) => fc.oneof(anyAssertOf(type), anyRetractOf(type)));
