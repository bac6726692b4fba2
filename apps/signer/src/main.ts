import 'reflect-metadata';
import { join } from 'node:path';
import { loadSeed } from '#libs/keys';
import { FileSignerRecord, LocalCheckpointSigner, signerAddress, signerRecordPath } from '#libs/ledger';
import { privateDirectory, runProcess } from '#libs/platform';
import { lockSigner } from './signer-lock.js';
import { startSignerServer } from './signer-server.js';

// The one process that holds the seed of the checkpoint keys. It has no database.
await runProcess('signer', async (config, log) => {
  const { dataDir } = config;
  privateDirectory(join(dataDir, 'signer'));
  const release = lockSigner(dataDir);
  const seed = await loadSeed(join(dataDir, 'keys', 'checkpoint.seed'));
  const signer = new LocalCheckpointSigner(seed, new FileSignerRecord(signerRecordPath(dataDir)));
  const server = await startSignerServer({ signer, address: signerAddress(config), log });
  const close = async (): Promise<void> => {
    await server.close();
    release();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void close().then(() => process.exit(0)));
  return { url: server.url, close };
});
