import { randomUUID } from 'node:crypto';
import { requestStatement } from '#libs/ledger';
import type { Tx } from '#libs/platform';
import { SANDBOX } from '#libs/protocol';
import { refused, type AdministrationResult } from './administration-result.js';
import { currentAdmissionPolicy } from './application/admission-policy.js';
import { findConformancePass, findWaiver, type ConformancePass } from './conformance/conformance-pass.js';
import { lockMember } from './lock-member.js';
import { findMember } from './member-statements.js';

/** What a member may do in a channel. */
export interface ChannelRight {
  submit: boolean;
  receive: boolean;
}

/** On what terms a right is given. */
export interface RightTerms {
  /** Days for which a passed conformance run counts; if not given, as the admission policy in force says. */
  conformanceDays?: number | undefined;
  /** The pass, where the caller has found one that counts: no other is looked for. */
  pass?: ConformancePass | undefined;
  /** Row id of the person who gives the right, for whom a waiver that another person gave will do. */
  person?: number | undefined;
}

/** On what a right rests: it gives no more than was asked for last, is in the sandbox, or rests on a pass or a waiver. */
export type RightBasis =
  | { kind: 'nothing_more' | 'sandbox' }
  | { kind: 'pass'; reportDigest: string }
  | { kind: 'waiver'; id: number };

type Given = AdministrationResult<{ basis: RightBasis }>;

/**
 * Gives and takes rights in an open transaction. More than the member has, in any channel but the sandbox, is given only after a
 * conformance run that was passed and is not too old, or on a waiver; taking needs nothing.
 */
export async function setChannelRight(
  tx: Tx,
  member: string,
  channel: string,
  right: ChannelRight,
  terms: RightTerms = {},
): Promise<Given> {
  const row = await findMember(tx, member);
  if (row === null) return refused('NOT_FOUND', 'member', 'is not a member of this hub');
  const [known] = await tx.query('SELECT 1 FROM cairn.channel WHERE name = $1', [channel]);
  if (known === undefined) return refused('NOT_FOUND', 'channel', 'is not a channel of this hub');
  if (row.kind === 'government') {
    return refused(
      'NOT_ALLOWED',
      'member',
      'a government body is an observer and is given no right on a channel',
    );
  }
  // What is more is judged by what was asked for last, so of two acts at a time the later sees the earlier.
  await lockMember(tx, row.id);
  const judged = await judge(tx, row.id, channel, right, terms);
  if (judged.ok)
    await requestStatement(tx, `right:${randomUUID()}`, { kind: 'right', member, channel, ...right });
  return judged;
}

async function judge(
  tx: Tx,
  memberId: number,
  channel: string,
  right: ChannelRight,
  { pass, ...terms }: RightTerms,
): Promise<Given> {
  if (channel === SANDBOX) return { ok: true, basis: { kind: 'sandbox' } };
  if (pass !== undefined) return { ok: true, basis: { kind: 'pass', reportDigest: pass.reportDigest } };
  if (!(await givesMore(tx, memberId, channel, right))) return { ok: true, basis: { kind: 'nothing_more' } };
  return findBasis(tx, memberId, channel, terms);
}

async function findBasis(
  tx: Tx,
  memberId: number,
  channel: string,
  { conformanceDays, person }: RightTerms,
): Promise<Given> {
  const days = conformanceDays ?? (await currentAdmissionPolicy(tx)).conformanceDays;
  const pass = await findConformancePass(tx, memberId, days);
  if (pass !== null) return { ok: true, basis: { kind: 'pass', reportDigest: pass.reportDigest } };
  const waiver = person === undefined ? null : await findWaiver(tx, memberId, channel, person);
  if (waiver === null) {
    const rule = `has passed no conformance run in the last ${days} days: it must run cairn conformance first`;
    return refused('NO_CONFORMANCE', 'member', rule);
  }
  if (waiver.person === person)
    return refused('SAME_PERSON', 'person', 'must be another than the one who waived conformance');
  return { ok: true, basis: { kind: 'waiver', id: waiver.id } };
}

/** Whether a right is more than what was asked for last, be it logged or not. */
async function givesMore(
  tx: Tx,
  memberId: number,
  channel: string,
  { submit, receive }: ChannelRight,
): Promise<boolean> {
  const [row] = await tx.query<{ submit: boolean; receive: boolean }>(
    `SELECT r.requested_submit AS submit, r.requested_receive AS receive
       FROM cairn.channel_right r JOIN cairn.channel c ON c.id = r.channel_id WHERE r.member_id = $1 AND c.name = $2`,
    [memberId, channel],
  );
  return (submit && row?.submit !== true) || (receive && row?.receive !== true);
}
