import { Inject, Injectable } from '@nestjs/common';
import {
  Invitations,
  listStaff,
  StaffAdministration,
  type AdministrationResult,
  type IssuedInvitation,
  type PersonResult,
  type PersonStanding,
  type StaffAct,
  type StaffRole,
} from '#libs/membership';
import { Database } from '#libs/platform';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import type { InvitationIssued, InvitationRevoked, Person, Viewer } from './people.types.js';

const ID = /^[1-9]\d{0,8}$/;
/** Stands for every id that no row can have. */
const NO_ID = 0;

/** What a person may do to another, by names of the API. */
export interface PersonAct {
  readonly person: string;
  readonly reason: string;
}

/** People as they see themselves and as staff see them, and acts of staff on people. */
@Injectable()
export class PeopleService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(Invitations) private readonly invitations: Invitations,
    @Inject(StaffAdministration) private readonly administration: StaffAdministration,
  ) {}

  viewer(person: PersonStanding): Viewer {
    const { id, name, email, roles, member } = person;
    return {
      __typename: 'Viewer',
      id: String(id),
      name,
      email,
      roles,
      administers: member?.member ?? null,
    };
  }

  async staff({ id }: PersonStanding): Promise<Person[]> {
    const people = await this.database.read('list-staff', `person:${id}`, listStaff);
    return people.map(toPerson);
  }

  async inviteStaff({ id }: PersonStanding, role: StaffRole): Promise<InvitationIssued | ActRefused> {
    return issued(await this.invitations.inviteStaff(id, role));
  }

  async inviteAdministrator({ id }: PersonStanding, member: string): Promise<InvitationIssued | ActRefused> {
    return issued(await this.invitations.inviteMemberAdministrator(id, member));
  }

  async revokeInvitation(
    { id }: PersonStanding,
    invitation: string,
  ): Promise<InvitationRevoked | ActRefused> {
    const revoked = await this.invitations.revoke(id, toId(invitation));
    return revoked.ok ? { __typename: 'InvitationRevoked', id: invitation } : actRefused(revoked);
  }

  async accept({ id }: PersonStanding, token: string): Promise<Viewer | ActRefused> {
    const accepted = await this.invitations.accept(id, token);
    return accepted.ok ? this.viewer(accepted.person) : actRefused(accepted);
  }

  async giveRole(by: PersonStanding, act: PersonAct, role: StaffRole): Promise<Person | ActRefused> {
    return changed(await this.administration.giveRole(toAct(by, act), role));
  }

  async takeRole(by: PersonStanding, act: PersonAct, role: StaffRole): Promise<Person | ActRefused> {
    return changed(await this.administration.takeRole(toAct(by, act), role));
  }

  async takeMember(by: PersonStanding, act: PersonAct): Promise<Person | ActRefused> {
    return changed(await this.administration.takeMember(toAct(by, act)));
  }

  async disable(by: PersonStanding, act: PersonAct): Promise<Person | ActRefused> {
    return changed(await this.administration.disable(toAct(by, act)));
  }

  async enable(by: PersonStanding, act: PersonAct): Promise<Person | ActRefused> {
    return changed(await this.administration.enable(toAct(by, act)));
  }
}

function toId(text: string): number {
  return ID.test(text) ? Number(text) : NO_ID;
}

function toAct({ id }: PersonStanding, { person, reason }: PersonAct): StaffAct {
  return { by: id, person: toId(person), reason };
}

function issued(
  result: AdministrationResult<{ invitation: IssuedInvitation }>,
): InvitationIssued | ActRefused {
  if (!result.ok) return actRefused(result);
  const { id, token, expiresAt } = result.invitation;
  return { __typename: 'InvitationIssued', id: String(id), token, expiresAt };
}

function changed(result: PersonResult): Person | ActRefused {
  return result.ok ? toPerson(result.person) : actRefused(result);
}

function toPerson({ id, member, issuer, subject, name, email, roles, disabled }: PersonStanding): Person {
  const administers = member?.member ?? null;
  return {
    __typename: 'Person',
    id: String(id),
    issuer,
    subject,
    name,
    email,
    roles,
    administers,
    disabled,
  };
}
