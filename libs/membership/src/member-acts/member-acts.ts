import type { Database, Tx } from '#libs/platform';
import { SANDBOX } from '#libs/protocol';
import { act } from '../application/act.js';
import { currentAdmissionPolicy } from '../application/admission-policy.js';
import { ActRefused, demand, type ApplicationResult } from '../application/application-result.js';
import { prose, readInput } from '../application/read-input.js';
import { setChannelRight, type ChannelRight, type RightBasis } from '../channel-right.js';
import { lockMemberNamed } from '../lock-member.js';
import { recallMember, restateMember } from '../member-statements.js';
import { requireDesk, type ActedOn } from './member-desk.js';

const MOST_WAIVER_DAYS = 90;
const DAY_MS = 86_400_000;

/** What is waived, and until when. */
export interface WaiverTerms {
  /** Name of the channel; null for every one. */
  channel: string | null;
  reason: string;
  /** At most 90 days ahead. */
  until: Date;
}

type Acted = ApplicationResult<{ act: number }>;

/**
 * What approvers do about members after their admission. Each act asks for its statement, takes effect with it, and is a row of a history
 * to which rows are only added; nobody acts on an organisation that they administer, nor on one under the same control.
 */
export class MemberActs {
  constructor(private readonly database: Database) {}

  /**
   * Says what a member may do in a channel. More than it has rests on a conformance pass that counts, or on a waiver by another person.
   *
   * @param person row id of the approver
   */
  setRight(
    person: number,
    member: string,
    channel: string,
    { note, ...right }: ChannelRight & { note: string },
  ): Promise<Acted> {
    return this.act('set-member-right', person, member, note, 'note', async (tx, row, reason) => {
      await refuseRight(tx, row, channel, right);
      const given = await setChannelRight(tx, member, channel, right, { person });
      demand(given);
      return recordRight(tx, row.id, channel, right, given.basis, reason);
    });
  }

  /** Lets another person give rights to a member that has passed no conformance run. */
  waiveConformance(person: number, member: string, { channel, reason, until }: WaiverTerms): Promise<Acted> {
    return this.act('waive-conformance', person, member, reason, 'reason', async (tx, row, words) => {
      requireUntil(until);
      if (row.kind === 'government')
        throw new ActRefused('NOT_ALLOWED', 'member', 'is an observer: nothing can be waived');
      const [waiver] = await tx.query<{ act: number }>(
        `INSERT INTO cairn.conformance_waiver (member_id, channel_id, reason, until)
          SELECT $1, c.id, $3, $4 FROM (SELECT 1) one LEFT JOIN cairn.channel c ON c.name = $2
           WHERE $2::text IS NULL OR c.id IS NOT NULL RETURNING id AS act`,
        [row.id, channel, words, until],
      );
      if (waiver === undefined) throw new ActRefused('NOT_FOUND', 'channel', 'is not a channel of this hub');
      return waiver.act;
    });
  }

  /** Gives or takes the accreditation of a hotline. */
  setAccreditation(person: number, member: string, accredited: boolean, reason: string): Promise<Acted> {
    return this.act('set-accreditation', person, member, reason, 'reason', async (tx, row, words) => {
      demand(await restateMember(tx, member, { accredited }));
      return record(tx, row.id, words, { act: 'accreditation', accredited });
    });
  }

  /** Puts a member under another control group; corroborations are counted anew. */
  setControlGroup(person: number, member: string, group: string, reason: string): Promise<Acted> {
    return this.act('set-control-group', person, member, reason, 'reason', async (tx, row, words) => {
      demand(await restateMember(tx, member, { group }));
      return record(tx, row.id, words, { act: 'control_group', group });
    });
  }

  /** Voids what a member said from a log index on; what it says later counts again. */
  recall(person: number, member: string, from: number, reason: string): Promise<Acted> {
    return this.act('recall-member', person, member, reason, 'reason', async (tx, row, words) => {
      demand(await recallMember(tx, member, from));
      return record(tx, row.id, words, { act: 'recall', from });
    });
  }

  private act(
    name: string,
    person: number,
    member: string,
    said: string,
    field: string,
    work: (tx: Tx, row: ActedOn, words: string) => Promise<number>,
  ): Promise<Acted> {
    return act(this.database, name, { person }, async (tx) => {
      const words = readInput(prose(4000), said, field);
      await lockMemberNamed(tx, member);
      return { act: await work(tx, await requireDesk(tx, person, member), words) };
    });
  }
}

/** What no pass and no waiver makes up for. */
async function refuseRight(
  tx: Tx,
  { kind, standing, state }: ActedOn,
  channel: string,
  { submit, receive }: ChannelRight,
): Promise<void> {
  if ((!submit && !receive) || kind === 'government') return;
  if (standing === 'expelled')
    throw new ActRefused('NOT_ALLOWED', 'member', 'is expelled and is given no right on a channel');
  if (channel === SANDBOX) return;
  if (state === 'key_ceremony' || state === 'conformance')
    throw new ActRefused('NOT_READY', 'member', 'is given its rights when its probation begins');
  if (kind === 'academic' && !(await currentAdmissionPolicy(tx)).academicRights)
    throw new ActRefused(
      'NOT_ALLOWED',
      'member',
      'is an academic body: the admission policy gives it no rights',
    );
}

function requireUntil(until: Date): void {
  const days = (until.getTime() - Date.now()) / DAY_MS;
  if (!(days > 0 && days <= MOST_WAIVER_DAYS))
    throw new ActRefused(
      'BAD_INPUT',
      'until',
      `must be a time to come, at most ${MOST_WAIVER_DAYS} days ahead`,
    );
}

/** The waiver is copied with what it says, so that constraints can hold the act against it. */
async function recordRight(
  tx: Tx,
  memberId: number,
  channel: string,
  { submit, receive }: ChannelRight,
  basis: RightBasis,
  reason: string,
): Promise<number> {
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO cairn.member_act (member_id, act, channel_id, submit, receive, basis, reason, report_digest,
        waiver_id, waiver_scope, waived_by, waived_until)
      SELECT $1, 'right', c.id, $3, $4, $5, $6, decode($7, 'hex'), w.id, w.scope, w.person_id, w.until
        FROM cairn.channel c LEFT JOIN cairn.conformance_waiver w ON w.id = $8 WHERE c.name = $2
      RETURNING id::float8 AS id`,
    [
      memberId,
      channel,
      submit,
      receive,
      basis.kind,
      reason,
      basis.kind === 'pass' ? basis.reportDigest : null,
      basis.kind === 'waiver' ? basis.id : null,
    ],
  );
  return row!.id;
}

interface Facts {
  act: 'accreditation' | 'control_group' | 'recall';
  accredited?: boolean;
  group?: string;
  from?: number;
}

async function record(tx: Tx, memberId: number, reason: string, facts: Facts): Promise<number> {
  const { act: name, accredited = null, group = null, from = null } = facts;
  const [row] = await tx.query<{ id: number }>(
    `INSERT INTO cairn.member_act (member_id, act, reason, accredited, control_group, from_index)
      VALUES ($1, $2, $3, $4, $5, $6) RETURNING id::float8 AS id`,
    [memberId, name, reason, accredited, group, from],
  );
  return row!.id;
}
