import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';

/** What is wrong with a public point. */
export type PointFault = 'INVALID_POINT' | 'SMALL_ORDER_POINT' | 'MIXED_ORDER_POINT';

/**
 * Checks an Ed25519 public key of 32 bytes, null when it is sound. Besides decoding by RFC 8032 §5.1.3 (canonical y, no
 * sign on x = 0) the point must generate the prime-order group: under a key of small order one signature fits any
 * message, and under one with a torsion part verifiers disagree with each other.
 */
export function ed25519PointFault(x: Uint8Array): PointFault | null {
  const point = orNull(() => ed25519.Point.fromBytes(x));
  if (point === null) return 'INVALID_POINT';
  if (point.isSmallOrder()) return 'SMALL_ORDER_POINT';
  return point.isTorsionFree() ? null : 'MIXED_ORDER_POINT';
}

/** Checks the affine coordinates of a P-256 point, null when it is on the curve; its cofactor is 1. */
export function p256PointFault(x: Uint8Array, y: Uint8Array): PointFault | null {
  return orNull(() => p256.Point.fromBytes(Uint8Array.of(4, ...x, ...y))) === null ? 'INVALID_POINT' : null;
}

function orNull<T>(decode: () => T): T | null {
  try {
    return decode();
  } catch {
    return null;
  }
}
