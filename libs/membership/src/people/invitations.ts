import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64url } from '#libs/keys';
import type { Database, Tx } from '#libs/platform';
import { refused, type AdministrationResult } from '../administration-result.js';
import { findPerson, type Identity, type PersonStanding } from './person-directory.js';
import { changeRole, lockStaff, type RoleSource } from './role-history.js';
import type { PersonRole, StaffRole } from './roles.js';

/** Days within which an invitation can be accepted. */
export const INVITATION_DAYS = 7;

const TOKEN = /^[\w-]{43}$/;

/** An invitation as it is handed out: the token is not stored and cannot be shown again. */
export interface IssuedInvitation {
  readonly id: number;
  readonly role: PersonRole;
  /** 43 characters of base64url. */
  readonly token: string;
  readonly expiresAt: Date;
}

/** What an invitation is for. */
export interface InvitationTerms {
  readonly role: PersonRole;
  readonly memberId: number | null;
  /** Only this person can accept it, if given. */
  readonly addressee?: Identity | null;
}

type InvitationResult = AdministrationResult<{ invitation: IssuedInvitation }>;

/** Invitations: for a role of staff by an approver, for the administration of a member by staff or by an administrator of it. */
export class Invitations {
  constructor(private readonly database: Database) {}

  /** @param by id of the person who invites */
  async inviteStaff(
    by: number,
    role: StaffRole,
    addressee: Identity | null = null,
  ): Promise<InvitationResult> {
    return this.database.transaction('invite-staff', `person:${by}`, async (tx) => {
      const inviter = await findPerson(tx, by);
      if (inviter === null || inviter.disabled || !inviter.roles.includes('approver')) {
        return refused('NOT_ALLOWED', 'caller', 'must be an approver');
      }
      const terms = { role, memberId: null, addressee };
      return { ok: true, invitation: await issueInvitation(tx, terms, { person: by }) };
    });
  }

  /** @param by id of the person who invites; @param member name of the member */
  async inviteMemberAdministrator(by: number, member: string): Promise<InvitationResult> {
    return this.database.transaction('invite-administrator', `person:${by}`, async (tx) => {
      const inviter = await findPerson(tx, by);
      const memberId = inviter === null || inviter.disabled ? null : await invitable(tx, inviter, member);
      // The same for a member that is not there and one that is not the caller's.
      if (memberId === null) return refused('NOT_FOUND', 'member', 'is not a member of this hub');
      const terms: InvitationTerms = { role: 'member_admin', memberId };
      return { ok: true, invitation: await issueInvitation(tx, terms, { person: by }) };
    });
  }

  /** Takes an invitation back that nobody has accepted. Approvers can do so with all, others with their own. */
  async revoke(by: number, id: number): Promise<AdministrationResult> {
    return this.database.transaction('revoke-invitation', `person:${by}`, async (tx) => {
      const person = await findPerson(tx, by);
      const all = person !== null && !person.disabled && person.roles.includes('approver');
      const rows = await tx.query(
        `UPDATE cairn.invitation SET revoked_at = now()
          WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND ($2 OR by_person = $3) RETURNING id`,
        [id, all, by],
      );
      return rows.length > 0 ? { ok: true } : refused('NOT_FOUND', 'id', 'is no open invitation');
    });
  }

  /**
   * Accepts an invitation. Of any number of acceptances at once one comes through. An invitation that has run out, was accepted, was
   * taken back, is meant for another person or never was: all get the same answer.
   */
  async accept(by: number, token: string): Promise<AdministrationResult<{ person: PersonStanding }>> {
    if (!TOKEN.test(token)) return UNKNOWN;
    return this.database.transaction('accept-invitation', `person:${by}`, async (tx) => {
      await lockStaff(tx);
      const person = await findPerson(tx, by);
      if (person === null || person.disabled) return UNKNOWN;
      const invitation = await findOpen(tx, token, person);
      if (invitation === null) return UNKNOWN;
      if (invitation.byPerson === by) {
        return refused('NOT_ALLOWED', 'token', 'must be accepted by somebody else than who invited');
      }
      if (await tookPart(tx, invitation, by)) {
        return refused(
          'NOT_ALLOWED',
          'token',
          'must be accepted by another person than the other first staff',
        );
      }
      return takeUp(tx, invitation, person);
    });
  }
}

const UNKNOWN = refused('NOT_FOUND', 'token', 'is no open invitation for you');

/** Makes an invitation; its token is 256 random bits. */
export async function issueInvitation(
  tx: Tx,
  { role, memberId, addressee }: InvitationTerms,
  source: RoleSource,
): Promise<IssuedInvitation> {
  const token = encodeBase64url(randomBytes(32));
  const [row] = await tx.query<{ id: number; expiresAt: Date }>(
    `INSERT INTO cairn.invitation (token_digest, role, member_id, issuer, subject, by_person, bootstrap_id, expires_at)
      VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(days => $8)) RETURNING id, expires_at AS "expiresAt"`,
    [
      digestOf(token),
      role,
      memberId,
      addressee?.issuer ?? null,
      addressee?.subject ?? null,
      'person' in source ? source.person : null,
      'bootstrap' in source ? source.bootstrap : null,
      INVITATION_DAYS,
    ],
  );
  return { ...row!, role, token };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** The id of an admitted member for which a person may invite, or null. */
async function invitable(tx: Tx, inviter: PersonStanding, member: string): Promise<number | null> {
  const isStaff = inviter.roles.includes('vetter') || inviter.roles.includes('approver');
  if (!isStaff && inviter.member?.member !== member) return null;
  const [row] = await tx.query<{ id: number }>(
    'SELECT id FROM cairn.member WHERE handle = $1 AND admitted_index IS NOT NULL',
    [member],
  );
  return row?.id ?? null;
}

interface OpenInvitation {
  id: number;
  role: PersonRole;
  memberId: number | null;
  byPerson: number | null;
  bootstrapId: number | null;
}

async function findOpen(
  tx: Tx,
  token: string,
  { issuer, subject }: Identity,
): Promise<OpenInvitation | null> {
  const [row] = await tx.query<OpenInvitation>(
    `SELECT id, role, member_id AS "memberId", by_person AS "byPerson", bootstrap_id AS "bootstrapId" FROM cairn.invitation
      WHERE token_digest = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > now()
        AND (subject IS NULL OR (issuer = $2 AND subject = $3))
        FOR UPDATE`,
    [digestOf(token), issuer, subject],
  );
  return row ?? null;
}

/** Whether a person is among the first staff that the same bootstrap made: they must be as many people as were named. */
async function tookPart(tx: Tx, { bootstrapId }: OpenInvitation, person: number): Promise<boolean> {
  if (bootstrapId === null) return false;
  const rows = await tx.query(
    'SELECT 1 FROM cairn.role_change WHERE bootstrap_id = $1 AND person_id = $2 LIMIT 1',
    [bootstrapId, person],
  );
  return rows.length > 0;
}

async function takeUp(
  tx: Tx,
  { id, role, memberId, byPerson, bootstrapId }: OpenInvitation,
  person: PersonStanding,
): Promise<AdministrationResult<{ person: PersonStanding }>> {
  const source = byPerson === null ? { bootstrap: bootstrapId! } : { person: byPerson };
  const reason = `invitation ${id}`;
  const change = { person: person.id, role, given: true, memberId, reason, source, invitation: id };
  if (!(await changeRole(tx, change))) {
    const rule =
      role === 'member_admin'
        ? 'is for the administration of a member, and you administer one'
        : 'is for a role that you hold';
    return refused('NOT_ALLOWED', 'token', rule);
  }
  await tx.execute('UPDATE cairn.invitation SET accepted_by = $2, accepted_at = now() WHERE id = $1', [
    id,
    person.id,
  ]);
  return { ok: true, person: (await findPerson(tx, person.id))! };
}
