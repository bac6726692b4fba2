import { deriveCheckpointKey } from '#libs/keys';
import { RemoteCheckpointSigner, signerAddress } from '#libs/ledger';
import type { Config } from '#libs/platform';
import { NOTE_SIGNATURE, type VerifierKey, verifierKey } from '#libs/tlog';
import { keyFiles, seedIn } from './hub-keys.js';

/** The keys that verify checkpoints, one for each log: from the seed, or as the signer at `CAIRN_SIGNER_URL` says. */
export interface CheckpointKeys {
  /** @returns null when there is no seed, or that signer cannot be asked */
  of(origin: string): Promise<VerifierKey | null>;
  close(): void;
}

/** @throws KeysError when the seed's file can be read by others or does not hold one */
export async function openCheckpointKeys(config: Config): Promise<CheckpointKeys> {
  if (config.signerUrl !== undefined) {
    const signer = new RemoteCheckpointSigner(signerAddress(config));
    return { of: async (origin) => (await signer.log(origin))?.key ?? null, close: () => signer.close() };
  }
  const seed = await seedIn(keyFiles(config).checkpoint);
  return {
    of: async (origin) =>
      seed === null ? null : verifierKey(origin, NOTE_SIGNATURE, deriveCheckpointKey(seed, origin).publicKey),
    close: () => undefined,
  };
}
