import { link } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { KeysError, loadSigningKey, type SignatureAlgorithm, type SigningKey } from '#libs/keys';
import type { KeyPurpose } from '#libs/protocol';
import { durableFiles } from '../files/durable-files.js';
import { isErrno } from '../files/read-file.js';
import type { MemberHome } from './member-home.js';

/**
 * The files of one purpose while its key is replaced: the present key, and beside it the next one. No step overwrites or removes a private
 * key that has no second name: after a crash at any point each key is still there, and doing the step again ends it.
 */
export class RotationFiles {
  constructor(
    private readonly home: MemberHome,
    private readonly purpose: KeyPurpose,
  ) {}

  /** Held while somebody rotates. */
  get lock(): string {
    return join(this.directory, `${this.purpose}.lock`);
  }

  /** The next key, until it takes the place of the present one. */
  get next(): string {
    return join(this.directory, `${this.purpose}.next.jwk`);
  }

  /** Where a key is kept that had a successor. */
  kept(thumbprint: string): string {
    return join(this.directory, `${this.purpose}.${thumbprint}.jwk`);
  }

  /** The next key, made first where there is none: one that a run before has made may be registered already. */
  async loadOrCreateNext(alg?: SignatureAlgorithm): Promise<SigningKey> {
    return (await this.findNext()) ?? this.home.createKey(this.purpose, alg, this.next);
  }

  /**
   * Puts the next key in the place of the present one and keeps that one under its thumbprint. At every moment the file of the purpose holds
   * wholly the one or the other.
   */
  async swap(present: SigningKey): Promise<void> {
    const file = this.home.keyFile(this.purpose);
    try {
      await link(file, this.kept(present.publicKey.kid));
    } catch (error) {
      // From a run that was broken off here: a name with a thumbprint is given to that key alone.
      if (!isErrno(error, 'EEXIST')) throw error;
    }
    await durableFiles.syncDirectory(this.directory);
    await durableFiles.rename(this.next, file);
    await durableFiles.syncDirectory(this.directory);
  }

  private async findNext(): Promise<SigningKey | null> {
    try {
      return await loadSigningKey(this.next);
    } catch (error) {
      if (error instanceof KeysError && error.code === 'KEY_FILE_MISSING') return null;
      throw error;
    }
  }

  private get directory(): string {
    return dirname(this.home.keyFile(this.purpose));
  }
}
