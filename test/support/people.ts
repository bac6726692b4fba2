import type { Database, Tx } from '#libs/platform';
import type { StaffRole } from '#libs/membership';

/** Gives people roles of staff, as the first staff get them. */
export async function giveStaffRoles(
  tx: Tx,
  people: readonly number[],
  roles: readonly StaffRole[],
): Promise<void> {
  await tx.execute(
    `INSERT INTO cairn.role_change (person_id, role, ordinal, given, reason, bootstrap_id)
      SELECT person, role, 1, true, 'test', $3 FROM unnest($1::integer[]) person, unnest($2::text[]) role`,
    [people, roles, await bootstrap(tx)],
  );
}

/** Makes a person the administrator of a member, and of no other; of one that is not there, of none. */
export async function giveMember(database: Database, person: number, member: string): Promise<void> {
  await database.transaction('give-member', 'system:test', async (tx) => {
    const source = await bootstrap(tx);
    await tx.execute(
      `INSERT INTO cairn.role_change (person_id, role, ordinal, given, member_id, reason, bootstrap_id)
        SELECT r.person_id, r.role, r.ordinal + 1, false, r.member_id, 'test', $2 FROM cairn.role_change r
         WHERE r.person_id = $1 AND r.role = 'member_admin' AND r.given ORDER BY r.ordinal DESC LIMIT 1
        ON CONFLICT DO NOTHING`,
      [person, source],
    );
    await tx.execute(
      `INSERT INTO cairn.role_change (person_id, role, ordinal, given, member_id, reason, bootstrap_id)
        SELECT $1, 'member_admin', (SELECT count(*) + 1 FROM cairn.role_change WHERE person_id = $1 AND role = 'member_admin'), true,
               m.id, 'test', $3 FROM cairn.member m WHERE m.handle = $2`,
      [person, member, source],
    );
  });
}

async function bootstrap(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO cairn.staff_bootstrap (actor) VALUES ('system:test') RETURNING id`,
  );
  return row!.id;
}
