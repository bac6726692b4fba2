import { FileSignerRecord, type SignedHead } from '#libs/ledger';
import { PlatformError, type Database } from '#libs/platform';
import { OPERATOR } from '../admin/administer.js';

/**
 * Writes a signer's record of these heads. It is written within the transaction that records the act, so a file that cannot be made
 * leaves no row that says it was.
 *
 * @throws PlatformError `process-failed` when there is a record already
 */
export function adoptHeads(
  database: Database,
  path: string,
  heads: ReadonlyMap<string, SignedHead>,
): Promise<void> {
  return database.transaction('adopt-heads', OPERATOR, async () => {
    if (FileSignerRecord.create(path, heads)) return;
    const rule = `${path} is there: the signer has a record, and none is overwritten`;
    throw new PlatformError('process-failed', rule);
  });
}
