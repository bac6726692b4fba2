import { createUnionType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';

/** What became of a message, by the names of the domain. */
export const DeliveryState = { WAITING: 'waiting', SENT: 'sent', FAILED: 'failed' } as const;

registerEnumType(DeliveryState, {
  name: 'DeliveryState',
  description: 'What became of a message.',
  valuesMap: {
    WAITING: { description: 'It waits for a worker, or, without a mail server, for staff to send it.' },
    SENT: { description: 'The mail server took it; whether it arrived is not known.' },
    FAILED: { description: 'It was given up; `checkApplicationAgain` has it tried again.' },
  },
});

@ObjectType({ description: 'What an applicant publishes to prove that it controls its domain.' })
export class DomainChallenge {
  readonly __typename = 'DomainChallenge';

  @Field(() => String, { description: 'Path on its domain, over https.' })
  path!: string;

  @Field(() => String, { description: 'The whole content of the resource there, in ASCII.' })
  token!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The address that is asked; null before the profile names a domain.',
  })
  url!: string | null;
}

@ObjectType({ description: 'How a check stands that workers of the hub make.' })
export class MachineCheckStanding {
  @Field(() => String, { description: 'Code of the check in the checklist.' })
  code!: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it is tried next; null when nothing is to be done.',
  })
  dueAt!: Date | null;

  @Field(() => Int, { description: 'Tries that failed since it began.' })
  attempts!: number;

  @Field(() => String, { nullable: true, description: 'What the latest try lacked, as a rule in words.' })
  problem!: string | null;
}

@ObjectType({ description: 'How the checks of an application stand that workers make.' })
export class ApplicationMachineChecks {
  readonly __typename = 'ApplicationMachineChecks';

  @Field(() => [MachineCheckStanding], { description: 'By code; none before it was handed in.' })
  checks!: MachineCheckStanding[];
}

@ObjectType({ description: 'A message to a contact of an applicant.' })
export class OutboxMessage {
  @Field(() => ID, { description: 'Id of the message.' })
  id!: string;

  @Field(() => String, { description: 'Address of the contact.' })
  recipient!: string;

  @Field(() => String, { description: 'Subject.' })
  subject!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'Its text, with a link that works: to be sent to the recipient and nobody else. Null when the hub sends it itself, and for who administers this organisation.',
  })
  body!: string | null;

  @Field(() => DateTime, { description: 'When it was written.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When its link runs out.' })
  expiresAt!: Date;

  @Field(() => DeliveryState, { description: 'What became of it.' })
  state!: string;

  @Field(() => Int, { description: 'Tries to send it that failed.' })
  attempts!: number;

  @Field(() => String, {
    nullable: true,
    description: 'What the latest of them lacked, as a rule in words.',
  })
  problem!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When the mail server took it.' })
  sentAt!: Date | null;
}

@ObjectType({ description: 'Messages to contacts of an applicant whose links are open.' })
export class ApplicationOutbox {
  readonly __typename = 'ApplicationOutbox';

  @Field(() => Boolean, { description: 'Whether the hub has a mail server and sends them itself.' })
  sentByHub!: boolean;

  @Field(() => [OutboxMessage], { description: 'The oldest first, a hundred at most.' })
  messages!: OutboxMessage[];
}

@ObjectType({ description: 'A member, or another applicant, that may be under the same control.' })
export class RelatedOrganisation {
  @Field(() => ID, { nullable: true, description: 'Id of its application, if it came by one.' })
  application!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the member, if it is one.' })
  member!: string | null;

  @Field(() => Boolean, { description: 'It has the same domain, or one is below the other.' })
  domain!: boolean;

  @Field(() => Boolean, { description: 'It is in the same control group.' })
  controlGroup!: boolean;

  @Field(() => Boolean, {
    description: 'One controls the other, both have the same owner, or both have the same name.',
  })
  control!: boolean;
}

@ObjectType({ description: 'Who may be under the same control as an applicant.' })
export class RelatedOrganisations {
  readonly __typename = 'RelatedOrganisations';

  @Field(() => [RelatedOrganisation], { description: 'Members first, by name.' })
  organisations!: RelatedOrganisation[];
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const DomainChallengeResult = createUnionType({
  name: 'DomainChallengeResult',
  description: 'The challenge, or why there is none.',
  types: () => [DomainChallenge, ActRefused] as const,
  resolveType,
});

export const MachineChecksLookup = createUnionType({
  name: 'MachineChecksLookup',
  description: 'How its checks stand, or that there is no application of that id.',
  types: () => [ApplicationMachineChecks, NotFound] as const,
  resolveType,
});

export const OutboxLookup = createUnionType({
  name: 'OutboxLookup',
  description: 'Its messages, or that there is no application of that id.',
  types: () => [ApplicationOutbox, NotFound] as const,
  resolveType,
});

export const RelatedLookup = createUnionType({
  name: 'RelatedLookup',
  description: 'Who is related to it, or that there is no application of that id.',
  types: () => [RelatedOrganisations, NotFound] as const,
  resolveType,
});
