import { randomUUID } from 'node:crypto';
import { requestStatement } from '#libs/ledger';
import type { Actor, Database, Tx } from '#libs/platform';
import { keepsLabels, SANDBOX, type ChannelPolicy } from '#libs/protocol';
import { refused, type AdministrationFailure, type AdministrationResult } from './administration-result.js';
import { currentAdmissionPolicy } from './application/admission-policy.js';
import {
  findConformancePass,
  waiveConformance,
  type ConformancePass,
} from './conformance/conformance-pass.js';
import { findMember } from './member-administration.js';

/**
 * Acts of the operator on channels and rights. Each asks for a statement; nothing takes effect without one. A channel is begun once;
 * a policy or a right that holds already can be set again and is logged again, without further effect.
 */
export class ChannelAdministration {
  constructor(private readonly database: Database) {}

  /** Begins a channel. */
  async create(actor: Actor, channel: string, policy: ChannelPolicy): Promise<AdministrationResult> {
    if (channel === SANDBOX)
      return refused('TAKEN', 'channel', 'is reserved: the hub makes its sandbox itself');
    return this.database.transaction('create-channel', actor, async (tx) => {
      const [row] = await tx.query(
        `INSERT INTO cairn.channel (name, requested_policy) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING RETURNING id`,
        [channel, JSON.stringify(policy)],
      );
      if (row === undefined) return refused('TAKEN', 'channel', 'is the name of a channel already');
      await requestStatement(tx, `channel:${channel}`, { kind: 'channel', channel, policy });
      return { ok: true };
    });
  }

  /** Changes the policy of a channel; labels can be added, never renamed or removed. */
  async setPolicy(actor: Actor, channel: string, policy: ChannelPolicy): Promise<AdministrationResult> {
    if (channel === SANDBOX)
      return refused('NOT_ALLOWED', 'channel', 'is the sandbox: the hub sets its policy itself');
    return this.database.transaction('set-channel-policy', actor, async (tx) => {
      const [row] = await tx.query<{ requested: ChannelPolicy }>(
        'SELECT requested_policy AS requested FROM cairn.channel WHERE name = $1 FOR UPDATE',
        [channel],
      );
      if (row === undefined) return refused('NOT_FOUND', 'channel', 'is not a channel of this hub');
      if (!keepsLabels(row.requested, policy)) {
        return refused(
          'NOT_ALLOWED',
          'policy.labels',
          'must keep every code and label that the channel has had',
        );
      }
      await tx.query('UPDATE cairn.channel SET requested_policy = $2 WHERE name = $1', [
        channel,
        JSON.stringify(policy),
      ]);
      await requestStatement(tx, `channel:${channel}:${randomUUID()}`, { kind: 'channel', channel, policy });
      return { ok: true };
    });
  }

  /** Gives and takes the rights of a member on a channel: what is not given is taken. */
  async setRight(
    actor: Actor,
    member: string,
    channel: string,
    right: ChannelRight,
    terms: { withoutConformance?: boolean; conformanceDays?: number } = {},
  ): Promise<AdministrationResult> {
    const { withoutConformance = false, conformanceDays } = terms;
    const waivedBy = withoutConformance ? actor : undefined;
    return this.database.transaction('set-channel-right', actor, (tx) =>
      setChannelRight(tx, member, channel, right, { waivedBy, conformanceDays }),
    );
  }
}

/** What a member may do in a channel. */
interface ChannelRight {
  submit: boolean;
  receive: boolean;
}

/** On what terms a right is given. */
export interface RightTerms {
  /** Days for which a passed conformance run counts; if not given, as the admission policy in force says. */
  conformanceDays?: number | undefined;
  /** The pass, where the caller has found one that counts: no other is looked for. */
  pass?: ConformancePass | undefined;
  /** Who gives the right without asking for a pass; it is recorded. */
  waivedBy?: Actor | undefined;
}

/**
 * Gives and takes rights in an open transaction. More than the member has, in any channel but the sandbox, is given only after a
 * conformance run that was passed and is not too old; taking needs nothing.
 */
export async function setChannelRight(
  tx: Tx,
  member: string,
  channel: string,
  right: ChannelRight,
  terms: RightTerms = {},
): Promise<AdministrationResult> {
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
  const free = channel === SANDBOX || terms.pass !== undefined;
  if (!free && (await givesMore(tx, row.id, member, channel, right))) {
    const refusal = await refuseWithoutPass(tx, row.id, channel, terms);
    if (refusal !== null) return refusal;
  }
  await requestStatement(tx, `right:${randomUUID()}`, { kind: 'right', member, channel, ...right });
  return { ok: true };
}

async function refuseWithoutPass(
  tx: Tx,
  memberId: number,
  channel: string,
  { conformanceDays, waivedBy }: RightTerms,
): Promise<AdministrationFailure | null> {
  if (waivedBy !== undefined) {
    await waiveConformance(tx, waivedBy, memberId, channel);
    return null;
  }
  const days = conformanceDays ?? (await currentAdmissionPolicy(tx)).conformanceDays;
  if ((await findConformancePass(tx, memberId, days)) !== null) return null;
  const rule = `has passed no conformance run in the last ${days} days: it must run cairn conformance first`;
  return refused('NO_CONFORMANCE', 'member', rule);
}

/**
 * Whether a right is more than what the member has. While another one waits to be logged, nobody knows what it will have: then whatever
 * gives anything is more.
 */
async function givesMore(
  tx: Tx,
  memberId: number,
  member: string,
  channel: string,
  { submit, receive }: ChannelRight,
): Promise<boolean> {
  if (!submit && !receive) return false;
  const [row] = await tx.query<{ more: boolean }>(
    `SELECT EXISTS (
              SELECT 1 FROM cairn.pending_statement s, cairn.projection p
               WHERE (s.log_index IS NULL OR s.log_index >= p.size) AND s.body ->> 'kind' = 'right'
                 AND s.body ->> 'member' = $2 AND s.body ->> 'channel' = $3)
         OR NOT EXISTS (
              SELECT 1 FROM cairn.channel_right r JOIN cairn.channel c ON c.id = r.channel_id
               WHERE r.member_id = $1 AND c.name = $3 AND r.submit >= $4 AND r.receive >= $5) AS more`,
    [memberId, member, channel, submit, receive],
  );
  return row!.more;
}
