import { createUnionType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';

/** Roles of staff, by their names in the database. */
export const StaffRole = {
  VETTER: 'vetter',
  APPROVER: 'approver',
  AUDITOR: 'auditor',
  OPERATOR: 'operator',
} as const;

registerEnumType(StaffRole, {
  name: 'StaffRole',
  description: 'What staff of the alliance can be; one person can be several.',
  valuesMap: {
    VETTER: { description: 'Checks applications and recommends.' },
    APPROVER: { description: 'Decides, where two must: together with another. Gives and takes roles.' },
    AUDITOR: { description: 'Reads everything and changes nothing.' },
    OPERATOR: { description: 'Runs the hub.' },
  },
});

@ObjectType({ description: 'The person who has logged in.' })
export class Viewer {
  readonly __typename = 'Viewer';

  @Field(() => ID, { description: 'Number of the person at this hub.' })
  id!: string;

  @Field(() => String, { description: 'Name, as the identity provider says.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'E-mail address, as the identity provider says.' })
  email!: string | null;

  @Field(() => [StaffRole], { description: 'Roles of staff that the person has now.' })
  roles!: readonly string[];

  @Field(() => String, { nullable: true, description: 'Name of the member that the person administers.' })
  administers!: string | null;
}

@ObjectType({ description: 'A person as staff see it.' })
export class Person {
  readonly __typename = 'Person';

  @Field(() => ID, { description: 'Number of the person at this hub.' })
  id!: string;

  @Field(() => String, { description: 'Issuer identifier of the identity provider.' })
  issuer!: string;

  @Field(() => String, { description: 'Who it is at that provider: with the issuer, the identity.' })
  subject!: string;

  @Field(() => String, { description: 'Name, as the identity provider says.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'E-mail address, as the identity provider says.' })
  email!: string | null;

  @Field(() => [StaffRole], { description: 'Roles of staff that the person has now.' })
  roles!: readonly string[];

  @Field(() => String, { nullable: true, description: 'Name of the member that the person administers.' })
  administers!: string | null;

  @Field(() => Boolean, { description: 'Whether the person is kept from logging in.' })
  disabled!: boolean;
}

@ObjectType({ description: 'An invitation that was made. Whoever shows the token accepts it, once.' })
export class InvitationIssued {
  readonly __typename = 'InvitationIssued';

  @Field(() => ID, { description: 'Number of the invitation.' })
  id!: string;

  @Field(() => String, { description: 'To be handed to the person who is invited; it is never shown again.' })
  token!: string;

  @Field(() => DateTime, { description: 'Until when it can be accepted.' })
  expiresAt!: Date;
}

@ObjectType({ description: 'An invitation that was taken back: nobody can accept it any more.' })
export class InvitationRevoked {
  readonly __typename = 'InvitationRevoked';

  @Field(() => ID, { description: 'Number of the invitation.' })
  id!: string;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const InviteResult = createUnionType({
  name: 'InviteResult',
  description: 'An invitation, or why there is none.',
  types: () => [InvitationIssued, ActRefused] as const,
  resolveType,
});

export const RevokeInvitationResult = createUnionType({
  name: 'RevokeInvitationResult',
  description: 'What was taken back, or why nothing was.',
  types: () => [InvitationRevoked, ActRefused] as const,
  resolveType,
});

export const AcceptInvitationResult = createUnionType({
  name: 'AcceptInvitationResult',
  description: 'The caller with its new role, or why it has none.',
  types: () => [Viewer, ActRefused] as const,
  resolveType,
});

export const PersonActResult = createUnionType({
  name: 'PersonActResult',
  description: 'The person as it stands after the act, or why nothing was done.',
  types: () => [Person, ActRefused] as const,
  resolveType,
});
