import type { Tx } from '#libs/platform';
import type { Statement } from '#libs/protocol';

/**
 * Keeps a statement that can end claims, so that the history of a signal can name what ended one without reading the log. Called in log
 * order, once per statement, by the projector.
 */
export async function recordClaimEnd(tx: Tx, index: number, statement: Statement): Promise<void> {
  const { kind, time } = statement;
  switch (kind) {
    case 'tick':
      await tx.execute(`INSERT INTO cairn.claim_end (log_index, kind, time) VALUES ($1, $2, $3)`, [
        index,
        kind,
        time,
      ]);
      break;
    case 'recall':
      await tx.execute(
        `INSERT INTO cairn.claim_end (log_index, kind, time, member_id, from_index)
          SELECT $1, $2, $3, id, $5 FROM cairn.member WHERE handle = $4`,
        [index, kind, time, statement.member, statement.from],
      );
      break;
    case 'key_revoked':
      await tx.execute(
        `INSERT INTO cairn.claim_end (log_index, kind, time, member_id, key_id, from_index)
          SELECT $1, $2, $3, member_id, id, $5 FROM cairn.member_key WHERE thumbprint = $4 AND state <> 'withdrawn'`,
        [index, kind, time, statement.key, statement.from],
      );
      break;
    default:
      break;
  }
}
