import { randomUUID } from 'node:crypto';
import { gatePublicKey } from '#libs/keys';
import { requestStatement } from '#libs/ledger';
import type { Actor, Database, Tx } from '#libs/platform';
import type {
  KeyPurpose,
  MemberKind,
  MemberStatement,
  MemberStatus,
  PublicJwk,
  RevocationReason,
} from '#libs/protocol';
import { refused, type AdministrationResult } from './administration-result.js';
import { giveSandboxRight } from './conformance/sandbox.js';
import { lockMemberNamed } from './lock-member.js';

/** A member as it is admitted. Names and kinds have been validated by the caller against libs/protocol. */
export interface NewMember {
  /** Name on the wire, for ever. */
  member: string;
  name: string;
  kind: MemberKind;
  /** Control group; organisations under one control share it. */
  group: string;
  accredited: boolean;
}

/**
 * Acts of the operator on members and their keys. Each asks for a statement; nothing takes effect without one. What can be done
 * once (admit, add a key, revoke it) is refused when it is asked for again. What states how things stand (status, group,
 * accreditation) can be said again and is logged again, without further effect.
 */
export class MemberAdministration {
  constructor(private readonly database: Database) {}

  /** Admits a member, and lets it into the sandbox; its code in feeds is the row's id. */
  async admit(actor: Actor, member: NewMember): Promise<AdministrationResult<{ code: number }>> {
    return this.database.transaction('admit-member', actor, (tx) => admitMember(tx, member));
  }

  /** Suspends, expels or reinstates a member. */
  async setStatus(actor: Actor, member: string, status: MemberStatus): Promise<AdministrationResult> {
    return this.database.transaction('set-member-status', actor, (tx) => setMemberStatus(tx, member, status));
  }

  /**
   * Voids what a member said, whatever key signed it, from a log index on: what it says later counts again.
   *
   * @param from first log index whose operations of this member are void.
   */
  async recall(actor: Actor, member: string, from: number): Promise<AdministrationResult> {
    return this.database.transaction('recall-member', actor, (tx) => recallMember(tx, member, from));
  }

  /** Puts a member under another control group; corroborations are counted anew. */
  async regroup(actor: Actor, member: string, group: string): Promise<AdministrationResult> {
    return this.restate(actor, member, { group });
  }

  /** Gives or takes the accreditation of a hotline. */
  async accredit(actor: Actor, member: string, accredited: boolean): Promise<AdministrationResult> {
    return this.restate(actor, member, { accredited });
  }

  private async restate(actor: Actor, member: string, change: Restatement): Promise<AdministrationResult> {
    return this.database.transaction('restate-member', actor, (tx) => restateMember(tx, member, change));
  }

  /** Registers a public key after the key gate, on the word of the operator of the machine alone; members' keys come by `KeyRegistrations`. */
  async addKey(
    actor: Actor,
    member: string,
    purpose: KeyPurpose,
    jwk: unknown,
  ): Promise<AdministrationResult<{ thumbprint: string }>> {
    const gate = gatePublicKey(jwk);
    if (!gate.ok) return refused('BAD_INPUT', gate.field === '' ? 'jwk' : `jwk.${gate.field}`, gate.rule);
    const { kid: thumbprint, jwk: canonical } = gate.key;
    return this.database.transaction('add-key', actor, async (tx) => {
      const row = await findMember(tx, member);
      if (row === null) return refused('NOT_FOUND', 'member', 'is not a member of this hub');
      const [added] = await tx.query(
        `INSERT INTO cairn.member_key (member_id, purpose, thumbprint, jwk) VALUES ($1, $2, $3, $4)
          ON CONFLICT (thumbprint) WHERE state <> 'withdrawn' DO NOTHING RETURNING id`,
        [row.id, purpose, thumbprint, canonical],
      );
      if (added === undefined)
        return refused('TAKEN', 'jwk', 'is registered already: a key belongs to one member once');
      const body = {
        kind: 'key',
        member,
        purpose,
        key: thumbprint,
        jwk: JSON.parse(canonical) as PublicJwk,
      } as const;
      await requestStatement(tx, `key:${thumbprint}`, body);
      return { ok: true, thumbprint };
    });
  }

  /**
   * Revokes a key, once: where its operations begin to be void is said for good (docs/protocol-submission.md, `key_revoked`), so a second
   * revocation is refused, even while the first waits to be logged.
   *
   * @param from first log index whose operations with this key are void; null for none of those logged so far.
   */
  async revokeKey(
    actor: Actor,
    member: string,
    key: string,
    reason: RevocationReason,
    from: number | null,
  ): Promise<AdministrationResult> {
    return this.database.transaction('revoke-key', actor, async (tx) => {
      // Whatever is received with the key is received wholly before this or refused after it.
      await lockMemberNamed(tx, member);
      const [row] = await tx.query<{ size: number }>(
        `SELECT (SELECT size FROM cairn.log WHERE feed IS NULL)::float8 AS size
           FROM cairn.member_key k JOIN cairn.member m ON m.id = k.member_id
          WHERE m.handle = $1 AND k.thumbprint = $2 AND k.state <> 'withdrawn'`,
        [member, key],
      );
      if (row === undefined) return refused('NOT_FOUND', 'key', 'is not a key of this member');
      if (from !== null && from > row.size) return refused('BAD_INPUT', 'from', 'must not be beyond the log');
      const body = { kind: 'key_revoked', member, key, from: from ?? row.size, reason } as const;
      if (!(await endKey(tx, key, reason)))
        return refused('NOT_ALLOWED', 'key', 'is revoked already: a key is revoked once');
      await requestStatement(tx, `key_revoked:${key}`, body);
      return { ok: true };
    });
  }
}

/** From here on nothing is received that the key signed; whether it was still good. */
async function endKey(tx: Tx, key: string, reason: RevocationReason): Promise<boolean> {
  const ended = await tx.query(
    `UPDATE cairn.member_key SET state = 'revoked', end_reason = $2
      WHERE thumbprint = $1 AND state IN ('pending', 'active', 'retiring') RETURNING 1`,
    [key, reason],
  );
  return ended.length === 1;
}

async function logSize(tx: Tx): Promise<number> {
  const [log] = await tx.query<{ size: number }>(
    'SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL',
  );
  return log!.size;
}

/** Admits a member within an open transaction, and lets it into the sandbox; a refusal has written nothing. */
export async function admitMember(
  tx: Tx,
  { member, name, kind, group, accredited }: NewMember,
): Promise<AdministrationResult<{ code: number }>> {
  if (accredited && kind !== 'hotline') return refused('NOT_ALLOWED', 'accredited', 'is only for hotlines');
  const [row] = await tx.query<{ code: number }>(
    `INSERT INTO cairn.member (handle, name, kind, control_group, accredited, requested_group, requested_accredited)
      VALUES ($1, $2, $3, $4, $5, $4, $5) ON CONFLICT (handle) DO NOTHING RETURNING id AS code`,
    [member, name, kind, group, accredited],
  );
  if (row === undefined) return refused('TAKEN', 'member', 'is the name of a member already');
  await stateMember(tx, member);
  await giveSandboxRight(tx, { member, kind });
  return { ok: true, code: row.code };
}

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
