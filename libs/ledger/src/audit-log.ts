import type { Tx } from '#libs/platform';
import { emptyRoot } from '#libs/tlog';
import { LOG_COLUMNS, type LogRow } from './log-row.js';
import { recomputeHead } from './recompute-head.js';

/** What an audit found: the size up to which every stored byte is right, or what is not. */
export type LogAudit = { ok: true; size: number } | { ok: false; detail: string };

/**
 * Reads a log again from its first byte: every entry in every bundle, and whether every tile and the head are, byte for byte, what
 * those entries give. A signer looks only at what is new and at the right edge; a byte that rots behind it, and that members and
 * auditors would be served, is found here. Takes about two seconds for a million leaves.
 *
 * @param tx a transaction that sees one state, so that a log that grows meanwhile does no harm.
 */
export async function auditLog(tx: Tx, origin: string): Promise<LogAudit> {
  const [log] = await tx.query<LogRow>(`SELECT ${LOG_COLUMNS} FROM cairn.log WHERE origin = $1`, [origin]);
  if (log === undefined) return { ok: false, detail: 'the log does not exist' };
  const head = await recomputeHead(tx, log, { size: 0, root: emptyRoot() });
  return head.ok ? { ok: true, size: log.size } : head;
}
