import type { TlogPolicy } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { openCheckpoint } from '../log/open-checkpoint.js';
import type { HashStore } from './hash-store.js';

/**
 * Verifies the checkpoints that a store was brought up to, offline, under the pinned policy.
 *
 * @throws ClientError `NOTE_REJECTED`, `WRONG_LOG`, `LOG_NOT_PINNED`, `STORE_DAMAGED`
 */
export function verifyStoredNotes(store: HashStore, policy: TlogPolicy): void {
  for (const { origin, note, size, root } of store.feeds) {
    const head = openCheckpoint(policy, origin, Buffer.from(note));
    if (head.size === size && Buffer.from(head.root).toString('hex') === root) continue;
    throw new ClientError(
      'STORE_DAMAGED',
      store.path,
      `the checkpoint kept of ${origin} is of another state`,
    );
  }
}
