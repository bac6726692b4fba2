import { gatePublicKey } from '#libs/keys';
import { requestStatement } from '#libs/ledger';
import {
  ChannelAdministration,
  giveSandboxRight,
  lockMember,
  recallMember,
  restateMember,
  setChannelRight,
  setMemberStatus,
  stateMember,
  type AdministrationFailure,
  type AdministrationResult,
  type ChannelRight,
} from '#libs/membership';
import type { Actor, Database, Tx } from '#libs/platform';
import type { KeyPurpose, MemberKind, MemberStatus, PublicJwk, RevocationReason } from '#libs/protocol';

/** A member as a test admits it. */
export interface NewMember {
  /** Name on the wire, for ever. */
  member: string;
  name: string;
  kind: MemberKind;
  /** Control group; organisations under one control share it. */
  group: string;
  accredited: boolean;
}

/** Members without applications, proofs and persons: for tests of what comes after. Statements are asked for as on the real ways. */
export class MemberShortcuts {
  constructor(private readonly database: Database) {}

  /** Admits a member, and lets it into the sandbox; its code in feeds is the row's id. */
  async admit(
    actor: Actor,
    { member, name, kind, group, accredited }: NewMember,
  ): Promise<AdministrationResult<{ code: number }>> {
    return this.database.transaction('admit-member', actor, async (tx) => {
      const [row] = await tx.query<{ code: number }>(
        `INSERT INTO cairn.member (handle, name, kind, control_group, accredited, requested_group, requested_accredited)
          VALUES ($1, $2, $3, $4, $5, $4, $5) RETURNING id AS code`,
        [member, name, kind, group, accredited],
      );
      await stateMember(tx, member);
      await giveSandboxRight(tx, { member, kind });
      return { ok: true, code: row!.code };
    });
  }

  async setStatus(actor: Actor, member: string, status: MemberStatus): Promise<AdministrationResult> {
    return this.database.transaction('set-member-status', actor, (tx) => setMemberStatus(tx, member, status));
  }

  /** Voids what a member said from a log index on. */
  async recall(actor: Actor, member: string, from: number): Promise<AdministrationResult> {
    return this.database.transaction('recall-member', actor, (tx) => recallMember(tx, member, from));
  }

  async regroup(actor: Actor, member: string, group: string): Promise<AdministrationResult> {
    return this.database.transaction('restate-member', actor, (tx) => restateMember(tx, member, { group }));
  }

  async accredit(actor: Actor, member: string, accredited: boolean): Promise<AdministrationResult> {
    return this.database.transaction('restate-member', actor, (tx) =>
      restateMember(tx, member, { accredited }),
    );
  }

  /** Registers a public key after the key gate, without proofs and ceremony. */
  async addKey(
    actor: Actor,
    member: string,
    purpose: KeyPurpose,
    jwk: unknown,
  ): Promise<AdministrationResult<{ thumbprint: string }>> {
    const gate = gatePublicKey(jwk);
    if (!gate.ok) return refused('BAD_INPUT', `jwk.${gate.field}`, gate.rule);
    const { kid: thumbprint, jwk: canonical } = gate.key;
    return this.database.transaction('add-key', actor, async (tx) => {
      const [added] = await tx.query(
        `INSERT INTO cairn.member_key (member_id, purpose, thumbprint, jwk)
          SELECT id, $2, $3, $4 FROM cairn.member WHERE handle = $1
          ON CONFLICT (thumbprint) WHERE state <> 'withdrawn' DO NOTHING RETURNING id`,
        [member, purpose, thumbprint, canonical],
      );
      if (added === undefined)
        return refused('TAKEN', 'jwk', 'is registered already: a key belongs to one member once');
      const statement = { kind: 'key', member, purpose, key: thumbprint } as const;
      await requestStatement(tx, `key:${thumbprint}`, {
        ...statement,
        jwk: JSON.parse(canonical) as PublicJwk,
      });
      return { ok: true, thumbprint };
    });
  }

  /**
   * Revokes a key, once.
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
      const [row] = await tx.query<{ id: number; size: number }>(
        `SELECT id, (SELECT size FROM cairn.log WHERE feed IS NULL)::float8 AS size FROM cairn.member WHERE handle = $1`,
        [member],
      );
      await lockMember(tx, row!.id);
      const body = { kind: 'key_revoked', member, key, from: from ?? row!.size, reason } as const;
      if (!(await endKey(tx, key, reason)))
        return refused('NOT_ALLOWED', 'key', 'is revoked already: a key is revoked once');
      await requestStatement(tx, `key_revoked:${key}`, body);
      return { ok: true };
    });
  }
}

/** Channels, and rights on them without a conformance run. */
export class ChannelShortcuts extends ChannelAdministration {
  constructor(private readonly db: Database) {
    super(db);
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
    // A pass that nobody made: the right is stated as it would be after a run.
    const pass = withoutConformance ? { run: '', passedAt: new Date(), reportDigest: '' } : undefined;
    return this.db.transaction('set-channel-right', actor, async (tx) => {
      const given = await setChannelRight(tx, member, channel, right, { conformanceDays, pass });
      return given.ok ? { ok: true } : given;
    });
  }
}

function refused(code: AdministrationFailure['code'], field: string, rule: string): AdministrationFailure {
  return { ok: false, code, field, rule };
}

async function endKey(tx: Tx, key: string, reason: RevocationReason): Promise<boolean> {
  const ended = await tx.query(
    `UPDATE cairn.member_key SET state = 'revoked', end_reason = $2
      WHERE thumbprint = $1 AND state IN ('pending', 'active', 'retiring') RETURNING 1`,
    [key, reason],
  );
  return ended.length === 1;
}
