import type { Tx } from '#libs/platform';
import type {
  ChannelStatement,
  KeyRevokedStatement,
  KeyStatement,
  MemberStatement,
  MemberStatusStatement,
  RightStatement,
} from '#libs/protocol';

/** Statements about members, keys, channels and rights. */
export type MembershipStatement =
  | ChannelStatement
  | MemberStatement
  | MemberStatusStatement
  | KeyStatement
  | KeyRevokedStatement
  | RightStatement;

/**
 * Brings the membership tables to where they stand after a statement at log index `index`. Called in log order, once per
 * statement, by the projector.
 */
export async function applyMembershipStatement(
  tx: Tx,
  index: number,
  statement: MembershipStatement,
): Promise<void> {
  switch (statement.kind) {
    case 'channel':
      return applyChannel(tx, index, statement);
    case 'member':
      return applyMember(tx, index, statement);
    case 'member_status':
      return update(tx, statement.kind, 'UPDATE cairn.member SET status = $2 WHERE handle = $1 RETURNING 1', [
        statement.member,
        statement.status,
      ]);
    case 'key':
      return update(
        tx,
        statement.kind,
        'UPDATE cairn.member_key SET added_index = $2 WHERE thumbprint = $1 RETURNING 1',
        [statement.key, index],
      );
    case 'key_revoked':
      return update(
        tx,
        statement.kind,
        'UPDATE cairn.member_key SET revoked_index = $2, void_from = $3 WHERE thumbprint = $1 RETURNING 1',
        [statement.key, index, statement.from],
      );
    case 'right':
      return applyRight(tx, index, statement);
  }
}

async function applyChannel(
  tx: Tx,
  index: number,
  { kind, channel, policy }: ChannelStatement,
): Promise<void> {
  await update(
    tx,
    kind,
    `UPDATE cairn.channel SET
        since_index = coalesce(since_index, $2),
        narrowed = narrowed OR NOT (coalesce(policy -> 'types', '[]')::jsonb <@ ($3::jsonb -> 'types')),
        policy = $3::json
      WHERE name = $1 RETURNING 1`,
    [channel, index, JSON.stringify(policy)],
  );
}

async function applyMember(tx: Tx, index: number, statement: MemberStatement): Promise<void> {
  const { kind, member, code, name, memberKind, group, accredited } = statement;
  await update(
    tx,
    kind,
    `UPDATE cairn.member SET name = $3, kind = $4, control_group = $5, accredited = $6,
            admitted_index = coalesce(admitted_index, $7)
      WHERE handle = $1 AND id = $2 RETURNING 1`,
    [member, code, name, memberKind, group, accredited, index],
  );
}

async function applyRight(tx: Tx, index: number, statement: RightStatement): Promise<void> {
  const { kind, member, channel, submit, receive } = statement;
  await update(
    tx,
    kind,
    `INSERT INTO cairn.channel_right AS r (channel_id, member_id, member_kind, submit, receive, since_index)
      SELECT c.id, m.id, m.kind, $3, $4, $5 FROM cairn.channel c, cairn.member m WHERE m.handle = $1 AND c.name = $2
      ON CONFLICT (channel_id, member_id) DO UPDATE SET submit = $3, receive = $4, since_index = $5
      RETURNING 1`,
    [member, channel, submit, receive, index],
  );
}

/** A logged statement about a row that is not there means that database and log have parted: stop. */
async function update(tx: Tx, kind: string, sql: string, parameters: readonly unknown[]): Promise<void> {
  const rows = await tx.query(sql, [...parameters]);
  if (rows.length !== 1)
    throw new Error(`a logged ${kind} statement is about a row that is not in the database`);
}
