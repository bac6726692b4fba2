import type { Tx } from '#libs/platform';
import type {
  AdmissionPolicyStatement,
  AgreementStatement,
  ChannelStatement,
  KeyRevokedStatement,
  KeyStatement,
  MemberStatement,
  MemberStatus,
  MemberStatusStatement,
  RecallStatement,
  RightStatement,
} from '#libs/protocol';
import { applyAdmissionPolicy } from './application/admission-policy.js';

/** Statements about members, keys, channels, rights and admission. */
export type MembershipStatement =
  | ChannelStatement
  | MemberStatement
  | MemberStatusStatement
  | KeyStatement
  | KeyRevokedStatement
  | RightStatement
  | RecallStatement
  | AgreementStatement
  | AdmissionPolicyStatement;

/** What follows from a statement for signals. */
export interface MembershipEffect {
  /** The member whose claims assure otherwise than before, or null. */
  readonly reassured: string | null;
}

const NOTHING_FOLLOWS: MembershipEffect = { reassured: null };

/**
 * Brings the membership tables to where they stand after a statement at log index `index`. Called in log order, once per
 * statement, by the projector.
 */
export async function applyMembershipStatement(
  tx: Tx,
  index: number,
  statement: MembershipStatement & { time: number },
): Promise<MembershipEffect> {
  switch (statement.kind) {
    case 'member':
      await applyMember(tx, index, statement);
      return { reassured: statement.member };
    case 'member_status':
      return applyStatus(tx, statement);
    case 'channel':
      await applyChannel(tx, index, statement);
      break;
    case 'key':
      await applyKey(tx, index, statement);
      break;
    case 'key_revoked':
      await applyRevocation(tx, index, statement);
      break;
    case 'right':
      await applyRight(tx, index, statement);
      break;
    case 'admission_policy':
      await applyAdmissionPolicy(tx, index);
      break;
    case 'recall':
    case 'agreement':
      break;
  }
  return NOTHING_FOLLOWS;
}

/** On probation a member's claims assure nobody else's: its signals change when that begins or ends. */
async function applyStatus(
  tx: Tx,
  { kind, member, status }: MemberStatusStatement,
): Promise<MembershipEffect> {
  const [before] = await tx.query<{ status: MemberStatus }>(
    'SELECT status FROM cairn.member WHERE handle = $1',
    [member],
  );
  await update(tx, kind, 'UPDATE cairn.member SET status = $2 WHERE handle = $1 RETURNING 1', [
    member,
    status,
  ]);
  const changes = (before?.status === 'probation') !== (status === 'probation');
  return changes ? { reassured: member } : NOTHING_FOLLOWS;
}

async function applyKey(
  tx: Tx,
  index: number,
  { kind, key, time }: KeyStatement & { time: number },
): Promise<void> {
  // A key that was revoked while its statement waited stays so.
  const sql = `UPDATE cairn.member_key SET added_index = $2, added_time = $3,
      state = CASE state WHEN 'pending' THEN 'active' ELSE state END
    WHERE thumbprint = $1 AND state <> 'withdrawn' RETURNING 1`;
  await update(tx, kind, sql, [key, index, time]);
}

async function applyRevocation(
  tx: Tx,
  index: number,
  { kind, key, from, reason }: KeyRevokedStatement,
): Promise<void> {
  const sql = `UPDATE cairn.member_key SET revoked_index = $2, void_from = $3, end_reason = coalesce(end_reason, $4),
      state = CASE state WHEN 'retired' THEN state ELSE 'revoked' END
    WHERE thumbprint = $1 AND state <> 'withdrawn' RETURNING 1`;
  await update(tx, kind, sql, [key, index, from, reason]);
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

async function applyMember(
  tx: Tx,
  index: number,
  statement: MemberStatement & { time: number },
): Promise<void> {
  const { kind, member, code, name, memberKind, group, accredited, time } = statement;
  await update(
    tx,
    kind,
    `UPDATE cairn.member SET name = $3, kind = $4, control_group = $5, accredited = $6,
            admitted_index = coalesce(admitted_index, $7), admitted_time = coalesce(admitted_time, $8)
      WHERE handle = $1 AND id = $2 RETURNING 1`,
    [member, code, name, memberKind, group, accredited, index, time],
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
