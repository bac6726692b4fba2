import { EMPTY_HEAD, type SignedHead, type SignerRecord } from '#libs/ledger';

/** The record of a signer that lives no longer than a test. */
export class MemorySignerRecord implements SignerRecord {
  readonly heads = new Map<string, SignedHead>();

  head(origin: string): SignedHead {
    return this.heads.get(origin) ?? EMPTY_HEAD;
  }

  advance(origin: string, last: SignedHead, next: SignedHead): boolean {
    if (this.head(origin).size !== last.size) return false;
    this.heads.set(origin, next);
    return true;
  }
}
