import type { Tx } from '#libs/platform';
import type { MemberStatus } from '#libs/protocol';

/**
 * Has a member to itself until the end of the transaction: what happens to its keys, and what is received of it, happens one after the
 * other. Take it before anything is read of them: each statement after it sees what was committed under the lock before (transactions are
 * READ COMMITTED). It is no lock of the member's row, for which the API's login would need the right to change members.
 */
export async function lockMember(tx: Tx, memberId: number): Promise<void> {
  await tx.query(`SELECT pg_advisory_xact_lock(hashtext('cairn.member'), $1)`, [memberId]);
}

/** The same for the member of that name; null when there is none. A name is one member's for ever, so it may be looked up before. */
export async function lockMemberNamed(
  tx: Tx,
  member: string,
): Promise<{ id: number; standing: MemberStatus } | null> {
  const [found] = await tx.query<{ id: number }>('SELECT id FROM cairn.member WHERE handle = $1', [member]);
  if (found === undefined) return null;
  await lockMember(tx, found.id);
  const [row] = await tx.query<{ standing: MemberStatus }>(
    'SELECT standing FROM cairn.member WHERE id = $1',
    [found.id],
  );
  return { id: found.id, standing: row!.standing };
}
