import type { Tx } from '#libs/platform';
import { CompactRange, equalBytes, leafHash } from '#libs/tlog';
import { splitEntries } from './signer/entry-stream.js';
import { type SignedHead, SignerRecordError } from './signer/signer-record.js';
import type { LogRow } from './log-row.js';
import { storedEntries } from './stored-entries.js';

/**
 * The latest published head of each log, recomputed from its entries: what the record of a signer would say of it.
 *
 * @throws SignerRecordError when the entries of a log do not lead to its checkpoint
 */
export async function recomputePublishedHeads(tx: Tx): Promise<ReadonlyMap<string, SignedHead>> {
  const logs = await tx.query<LogRow>(
    `SELECT l.id, l.origin, c.size::float8 AS size, c.root, l.last_time::float8 AS "lastTime" FROM cairn.log l JOIN LATERAL
       (SELECT size, root FROM cairn.checkpoint WHERE log_id = l.id ORDER BY size DESC LIMIT 1) c ON true ORDER BY l.id`,
  );
  const heads = new Map<string, SignedHead>();
  for (const log of logs) heads.set(log.origin, await recompute(tx, log));
  return heads;
}

async function recompute(tx: Tx, log: LogRow): Promise<SignedHead> {
  const range = CompactRange.empty();
  for await (const entries of splitEntries(storedEntries(tx, log, 0))) range.appendAll(entries.map(leafHash));
  if (range.size !== log.size || !equalBytes(range.root(), log.root)) {
    throw new SignerRecordError(
      'record_unusable',
      `${log.origin}: the entries do not lead to its latest checkpoint`,
    );
  }
  return { size: log.size, root: log.root, frontier: range.frontier() };
}
