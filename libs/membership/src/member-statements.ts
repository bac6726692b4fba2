import { randomUUID } from 'node:crypto';
import { requestStatement } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import type { MemberKind, MemberStatement, MemberStatus } from '#libs/protocol';
import { refused, type AdministrationResult } from './administration-result.js';
import { lockMemberNamed } from './lock-member.js';

/** Asks for the statement that admits a member whose row is there. */
export async function stateMember(tx: Tx, member: string): Promise<void> {
  const [row] = await tx.query<Omit<MemberStatement, 'kind' | 'member'>>(
    `SELECT id AS code, name, kind AS "memberKind", requested_group AS "group", requested_accredited AS accredited
       FROM cairn.member WHERE handle = $1`,
    [member],
  );
  await requestStatement(tx, `member:${member}`, { kind: 'member', member, ...row! });
}

/** What a member is stated anew with. */
export interface Restatement {
  group?: string;
  accredited?: boolean;
}

/**
 * States a member anew, within an open transaction; a refusal has written nothing. What is not changed is as the latest statement asked
 * for has it, which need not have been logged: so of two restatements, the later keeps what the earlier changed.
 */
export async function restateMember(
  tx: Tx,
  member: string,
  change: Restatement,
): Promise<AdministrationResult> {
  await lockMemberNamed(tx, member);
  const [row] = await tx.query<Omit<MemberStatement, 'kind' | 'member'>>(
    `SELECT id AS code, name, kind AS "memberKind", requested_group AS "group", requested_accredited AS accredited
       FROM cairn.member WHERE handle = $1`,
    [member],
  );
  if (row === undefined) return refused('NOT_FOUND', 'member', 'is not a member of this hub');
  const body: MemberStatement = { kind: 'member', member, ...row, ...change };
  if (body.accredited && body.memberKind !== 'hotline')
    return refused('NOT_ALLOWED', 'accredited', 'is only for hotlines');
  await requestStatement(tx, `member:${member}:${randomUUID()}`, body);
  return { ok: true };
}

/** Voids what a member said from a log index on, within an open transaction; a refusal has written nothing. */
export async function recallMember(tx: Tx, member: string, from: number): Promise<AdministrationResult> {
  if ((await findMember(tx, member)) === null)
    return refused('NOT_FOUND', 'member', 'is not a member of this hub');
  if (!Number.isSafeInteger(from) || from < 0 || from > (await logSize(tx)))
    return refused('BAD_INPUT', 'from', 'must be a log index, not beyond the log');
  await requestStatement(tx, `recall:${randomUUID()}`, { kind: 'recall', member, from });
  return { ok: true };
}

/**
 * Suspends, expels or reinstates a member within an open transaction; a refusal has written nothing. A suspension or expulsion acts on
 * its callers from the commit on (`MemberStanding`), on the log from its statement on.
 */
export async function setMemberStatus(
  tx: Tx,
  member: string,
  status: MemberStatus,
): Promise<AdministrationResult> {
  if ((await findMember(tx, member)) === null)
    return refused('NOT_FOUND', 'member', 'is not a member of this hub');
  // Statements are asked for in the order of the log only if one waits for the other to commit before it takes its number.
  await tx.query(`SELECT 1 FROM pg_advisory_xact_lock(hashtextextended('member_status:' || $1, 0))`, [
    member,
  ]);
  await requestStatement(tx, `member_status:${randomUUID()}`, { kind: 'member_status', member, status });
  return { ok: true };
}

/** Row id and kind of a member by its name. */
export async function findMember(tx: Tx, member: string): Promise<{ id: number; kind: MemberKind } | null> {
  const [row] = await tx.query<{ id: number; kind: MemberKind }>(
    'SELECT id, kind FROM cairn.member WHERE handle = $1',
    [member],
  );
  return row ?? null;
}

async function logSize(tx: Tx): Promise<number> {
  const [log] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL',
  );
  return log!.size;
}
