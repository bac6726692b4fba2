import { randomBytes } from 'node:crypto';

/** 128 random bits, lower-case hex: what a leaf of a feed carries so that its hash lets nobody guess at its content (docs/protocol-feed.md, "Round"). */
export function newNonce(): string {
  return randomBytes(16).toString('hex');
}
