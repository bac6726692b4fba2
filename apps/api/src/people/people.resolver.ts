import { Inject } from '@nestjs/common';
import { Args, Context, Field, ID, InputType, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { StaffRole as Role } from '#libs/membership';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { PeopleService } from './people.service.js';
import {
  AcceptInvitationResult,
  InviteResult,
  Person,
  PersonActResult,
  RevokeInvitationResult,
  StaffRole,
  Viewer,
  type InvitationIssued,
  type InvitationRevoked,
} from './people.types.js';

@InputType({ description: 'An act on another person.' })
export class PersonActInput {
  @Field(() => ID, { description: 'Number of the person.' })
  person!: string;

  @Field(() => String, { description: 'Why, in 1 to 200 printable characters; kept for good.' })
  reason!: string;
}

@InputType({ description: 'A role of staff that another person is given or loses.' })
export class StaffRoleInput extends PersonActInput {
  @Field(() => StaffRole, { description: 'The role.' })
  role!: Role;
}

const Input = (type: () => typeof PersonActInput | typeof StaffRoleInput): ParameterDecorator =>
  Args('input', { type, description: 'On whom, and why.' });

@Resolver()
export class PeopleResolver {
  constructor(@Inject(PeopleService) private readonly service: PeopleService) {}

  @Query(() => Viewer, { description: 'The person who calls.' })
  viewer(@Context() context: RequestContext): Viewer {
    return this.service.viewer(requirePerson(context));
  }

  @Query(() => [Person], { description: 'Everybody who has a role of staff, by name.' })
  staff(@Context() context: RequestContext): Promise<Person[]> {
    return this.service.staff(requirePerson(context));
  }

  @Mutation(() => InviteResult, { description: 'Invites somebody to a role of staff.' })
  inviteStaff(
    @Context() context: RequestContext,
    @Args('role', { type: () => StaffRole, description: 'The role.' }) role: Role,
  ): Promise<InvitationIssued | ActRefused> {
    return this.service.inviteStaff(requirePerson(context), role);
  }

  @Mutation(() => InviteResult, { description: 'Invites somebody to administer a member.' })
  inviteMemberAdministrator(
    @Context() context: RequestContext,
    @Args('member', { type: () => String, description: 'Name of the member.' }) member: string,
  ): Promise<InvitationIssued | ActRefused> {
    return this.service.inviteAdministrator(requirePerson(context), member);
  }

  @Mutation(() => RevokeInvitationResult, {
    description: 'Takes an invitation back: approvers any, others their own.',
  })
  revokeInvitation(
    @Context() context: RequestContext,
    @Args('id', { type: () => ID, description: 'Number of the invitation.' }) id: string,
  ): Promise<InvitationRevoked | ActRefused> {
    return this.service.revokeInvitation(requirePerson(context), id);
  }

  @Mutation(() => AcceptInvitationResult, { description: 'Accepts an invitation, for the caller.' })
  acceptInvitation(
    @Context() context: RequestContext,
    @Args('token', { type: () => String, description: 'As it was handed out.' }) token: string,
  ): Promise<Viewer | ActRefused> {
    return this.service.accept(requirePerson(context), token);
  }

  @Mutation(() => PersonActResult, { description: 'Gives a role of staff to another person.' })
  giveStaffRole(
    @Context() context: RequestContext,
    @Input(() => StaffRoleInput) input: StaffRoleInput,
  ): Promise<Person | ActRefused> {
    return this.service.giveRole(requirePerson(context), input, input.role);
  }

  @Mutation(() => PersonActResult, {
    description: 'Takes a role of staff from another person, from its next request on.',
  })
  takeStaffRole(
    @Context() context: RequestContext,
    @Input(() => StaffRoleInput) input: StaffRoleInput,
  ): Promise<Person | ActRefused> {
    return this.service.takeRole(requirePerson(context), input, input.role);
  }

  @Mutation(() => PersonActResult, {
    description: 'Takes the administration of its member from another person.',
  })
  takeMemberAdministration(
    @Context() context: RequestContext,
    @Input(() => PersonActInput) input: PersonActInput,
  ): Promise<Person | ActRefused> {
    return this.service.takeMember(requirePerson(context), input);
  }

  @Mutation(() => PersonActResult, {
    description: 'Keeps another person from logging in, and ends its sessions at once.',
  })
  disablePerson(
    @Context() context: RequestContext,
    @Input(() => PersonActInput) input: PersonActInput,
  ): Promise<Person | ActRefused> {
    return this.service.disable(requirePerson(context), input);
  }

  @Mutation(() => PersonActResult, { description: 'Lets a disabled person log in again.' })
  enablePerson(
    @Context() context: RequestContext,
    @Input(() => PersonActInput) input: PersonActInput,
  ): Promise<Person | ActRefused> {
    return this.service.enable(requirePerson(context), input);
  }
}
