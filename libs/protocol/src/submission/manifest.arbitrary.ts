import fc from 'fast-check';
import { anyHex } from './entry.arbitrary.js';
import type { LogHead, Manifest } from './manifest.js';

/** Names of members, channels and control groups. */
export const anyName = fc.oneof(
  fc.constantFrom('a', '9', 'csam', 'a-b', 'x'.repeat(63)),
  fc.stringMatching(/^[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?$/),
);

/** Names of hubs. */
export const anyOrigin = fc.constantFrom('hub.example.org', 'localhost:8420', 'a', '10.0.0.1');

/** Integers of the protocol from `min` on. */
export function anyInteger(min: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min, max: min + 50 }),
    fc.maxSafeNat().map((n) => Math.max(n, min)),
  );
}

/** Log heads, or none. */
export const anyHead: fc.Arbitrary<LogHead | null> = fc.option(
  fc.record({ size: anyInteger(1), root: anyHex(32) }),
);

/** Any payload that is valid. */
export const anyManifest: fc.Arbitrary<Manifest> = fc.record({
  iss: anyName,
  aud: anyOrigin,
  jti: fc.uuid(),
  iat: anyInteger(0),
  channel: anyName,
  attribution: fc.constantFrom('named', 'anonymous'),
  count: fc.integer({ min: 1, max: 10_000 }),
  root: anyHex(32),
  head: anyHead,
});
