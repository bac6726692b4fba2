import type { Database, Tx } from '#libs/platform';
import { requestStatement } from '#libs/ledger';
import { setChannelRight } from '../channel-right.js';
import { findConformancePass, type ConformancePass } from '../conformance/conformance-pass.js';
import { giveSandboxRight } from '../conformance/sandbox.js';
import { findMember, recallMember, setMemberStatus, stateMember } from '../member-statements.js';
import { act, requireApplicationId, type By } from './act.js';
import { currentAdmissionPolicy } from './admission-policy.js';
import { ActRefused, demand, type ApplicationResult } from './application-result.js';
import type { ApplicationState, Reason } from './diagram.js';
import type { ChannelRights } from './profile.js';
import { recordMove } from './record-move.js';

type Moved = ApplicationResult<{ state: ApplicationState }>;

/** A person of the staff, or the part of the hub that found that something is done or due. */
export type StaffOrHub = { person: number } | { system: string };

/** What becomes of an application that was decided for: the member, its way to full standing, and the ways out. */
export class MemberPath {
  constructor(private readonly database: Database) {}

  /** Creates the member as it was decided, lets it into the sandbox, and opens the key ceremony. Its other rights come after conformance. */
  admit(person: number, application: string): Promise<ApplicationResult<{ member: string }>> {
    return act(this.database, 'admit-applicant', { person }, async (tx) => {
      await recordMove(tx, { person }, application, 'key_ceremony', {}, 'decided');
      const member = await memberOf(tx, application);
      await stateMember(tx, member);
      const { kind } = (await findMember(tx, member))!;
      await giveSandboxRight(tx, { member, kind });
      await stateAgreement(tx, application, member);
      return { member };
    });
  }

  /** Ends the key ceremony: the member has an active key for each purpose. */
  beginConformance(by: StaffOrHub, application: string): Promise<Moved> {
    return this.move(by, application, 'conformance', {}, 'key_ceremony');
  }

  /** Gives an observer, which takes part in no channel, its standing at once. */
  activateObserver(person: number, application: string): Promise<Moved> {
    return this.move({ person }, application, 'active', {}, 'key_ceremony');
  }

  /**
   * Begins probation, with the rights that were decided. The member must have passed a conformance run that still counts, as the
   * admission policy in force says; the move rests on the digest of its report. Nobody can waive that here.
   */
  beginProbation(by: StaffOrHub, application: string): Promise<Moved> {
    return act(this.database, 'begin-probation', by, async (tx) => {
      const pass = (await passOf(tx, application)) ?? undefined;
      const evidence = pass?.reportDigest ?? null;
      const moved = await recordMove(tx, by, application, 'probation', { evidence }, 'conformance');
      const member = await memberOf(tx, application);
      demand(await setMemberStatus(tx, member, 'probation'));
      for (const { channel, ...right } of await decidedRights(tx, application))
        demand(await setChannelRight(tx, member, channel, right, { pass }));
      return moved;
    });
  }

  /** Ends probation once its time has passed. */
  endProbation(by: StaffOrHub, application: string): Promise<Moved> {
    return act(this.database, 'end-probation', by, async (tx) => {
      const moved = await recordMove(tx, by, application, 'active', {}, 'probation');
      demand(await setMemberStatus(tx, await memberOf(tx, application), 'active'));
      return moved;
    });
  }

  /** Stops a member: its submissions and pulls, at the next request. */
  suspend(
    person: number,
    application: string,
    reason: Reason<'suspended'>,
    note: string | null = null,
  ): Promise<Moved> {
    return this.setStanding(person, application, 'suspended', { reason, note });
  }

  /** Ends a suspension; the application is back where it was. */
  reinstate(person: number, application: string, note: string | null = null): Promise<Moved> {
    return act(this.database, 'reinstate-member', { person }, async (tx) => {
      const [row] = await tx.query<{ before: ApplicationState }>(
        `SELECT from_state AS before FROM cairn.application_move
          WHERE application_id = $1 AND to_state = 'suspended' ORDER BY number DESC LIMIT 1`,
        [requireApplicationId(application)],
      );
      if (row === undefined) throw new ActRefused('ILLEGAL_MOVE', 'state', 'must be suspended');
      const moved = await recordMove(tx, { person }, application, row.before, { note }, 'suspended');
      const status = row.before === 'probation' ? 'probation' : 'active';
      demand(await setMemberStatus(tx, await memberOf(tx, application), status));
      return moved;
    });
  }

  /**
   * Ends a membership for good.
   *
   * @param recallFrom first log index from which on everything the member said is void; null leaves its submissions as they are
   */
  expel(
    person: number,
    application: string,
    reason: Reason<'expelled'>,
    note: string | null = null,
    recallFrom: number | null = null,
  ): Promise<Moved> {
    return this.setStanding(person, application, 'expelled', { reason, note }, recallFrom);
  }

  private setStanding(
    person: number,
    application: string,
    status: 'suspended' | 'expelled',
    facts: { reason: string; note: string | null },
    recallFrom: number | null = null,
  ): Promise<Moved> {
    return act(this.database, 'set-member-standing', { person }, async (tx) => {
      const moved = await recordMove(tx, { person }, application, status, facts);
      const member = await memberOf(tx, application);
      demand(await setMemberStatus(tx, member, status));
      if (recallFrom !== null) demand(await recallMember(tx, member, recallFrom));
      return moved;
    });
  }

  private move(
    by: By,
    application: string,
    to: ApplicationState,
    facts: { note?: string },
    from: ApplicationState,
  ): Promise<Moved> {
    return act(this.database, 'move-application', by, (tx) =>
      recordMove(tx, by, application, to, facts, from),
    );
  }
}

/** The version that was accepted on the way in; what is accepted from here on asks for its statement itself. */
async function stateAgreement(tx: Tx, application: string, member: string): Promise<void> {
  const [accepted] = await tx.query<{ version: number; digest: string }>(
    `SELECT version, encode(digest, 'hex') AS digest FROM cairn.agreement_acceptance
      WHERE application_id = $1 ORDER BY version DESC LIMIT 1`,
    [application],
  );
  await requestStatement(tx, `agreement:${member}:${accepted!.version}`, {
    kind: 'agreement',
    member,
    ...accepted!,
  });
}

async function decidedRights(tx: Tx, application: string): Promise<ChannelRights[]> {
  const [row] = await tx.query<{ rights: ChannelRights[] }>(
    `SELECT r.rights FROM cairn.application_decision d
       JOIN cairn.application_recommendation r ON r.application_id = d.application_id AND r.number = d.recommendation
      WHERE d.application_id = $1`,
    [application],
  );
  return row!.rights;
}

/** The pass of the application's member; null while there is no member, too: what is missing first is the move's to say. */
async function passOf(tx: Tx, application: string): Promise<ConformancePass | null> {
  const [row] = await tx.query<{ member: number | null }>(
    'SELECT member_id AS member FROM cairn.application WHERE id = $1',
    [requireApplicationId(application)],
  );
  if (row === undefined || row.member === null) return null;
  const { conformanceDays } = await currentAdmissionPolicy(tx);
  return findConformancePass(tx, row.member, conformanceDays);
}

async function memberOf(tx: Tx, application: string): Promise<string> {
  const [row] = await tx.query<{ member: string }>(
    `SELECT m.handle AS member FROM cairn.application a JOIN cairn.member m ON m.id = a.member_id WHERE a.id = $1`,
    [application],
  );
  if (row === undefined) throw new ActRefused('ILLEGAL_MOVE', 'state', 'has no member yet');
  return row.member;
}
