import { requestStatement } from '#libs/ledger';
import type { Database } from '#libs/platform';

/**
 * Asks for an `audit` statement with the head of the audit trail, when it has grown since the last.
 *
 * @returns whether there was anything to announce.
 */
export async function announceAudit(database: Database): Promise<boolean> {
  return database.transaction('announce-audit', 'system:worker', async (tx) => {
    const [head] = await tx.query<{ size: number; head: string }>(
      `SELECT size::float8 AS size, encode(head, 'hex') AS head FROM cairn.audit_head WHERE size > announced_size FOR UPDATE`,
    );
    if (head === undefined) return false;
    await requestStatement(tx, `audit:${head.size}`, { kind: 'audit', ...head });
    await tx.execute('UPDATE cairn.audit_head SET announced_size = $1', [head.size]);
    return true;
  });
}
