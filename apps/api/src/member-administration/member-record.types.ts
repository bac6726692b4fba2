import { createUnionType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { MemberKind, MemberStatus } from '../member/me.types.js';

/** Acts of staff on members, by their names in the database. */
export const MemberActKind = {
  RIGHT: 'right',
  ACCREDITATION: 'accreditation',
  CONTROL_GROUP: 'control_group',
  RECALL: 'recall',
} as const;

registerEnumType(MemberActKind, {
  name: 'MemberActKind',
  description: 'What staff did about a member.',
  valuesMap: {
    RIGHT: { description: 'Said what it may do in a channel.' },
    ACCREDITATION: { description: 'Gave or took the accreditation of a hotline.' },
    CONTROL_GROUP: { description: 'Put it under a control group.' },
    RECALL: { description: 'Voided what it said from a log index on.' },
  },
});

/** On what a right rests, by its names in the database. */
export const RightBasis = {
  NOTHING_MORE: 'nothing_more',
  SANDBOX: 'sandbox',
  PASS: 'pass',
  WAIVER: 'waiver',
} as const;

registerEnumType(RightBasis, {
  name: 'RightBasis',
  description: 'On what a right rests that was given.',
  valuesMap: {
    NOTHING_MORE: { description: 'It is no more than the member had been given before.' },
    SANDBOX: { description: 'It is in the sandbox.' },
    PASS: { description: 'A conformance run that was passed.' },
    WAIVER: { description: 'A waiver that another person gave.' },
  },
});

@ObjectType({ description: 'What a member may do in a channel.' })
export class MemberRight {
  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => Boolean, { description: 'Whether it may submit.' })
  submit!: boolean;

  @Field(() => Boolean, { description: 'Whether it may receive the feed.' })
  receive!: boolean;

  @Field(() => Boolean, { description: 'Whether another right was asked for and waits for the log.' })
  changing!: boolean;
}

@ObjectType({ description: 'The latest conformance run that a member passed.' })
export class MemberConformance {
  @Field(() => DateTime, { description: 'When it was passed.' })
  passedAt!: Date;

  @Field(() => String, { description: 'SHA-256 over the report of its last step, hex.' })
  reportDigest!: string;

  @Field(() => Boolean, { description: 'Whether it still counts by the policy in force.' })
  counts!: boolean;
}

@ObjectType({ description: 'A waiver of conformance: another person may give rights on it.' })
export class ConformanceWaiver {
  @Field(() => String, { nullable: true, description: 'Name of the channel; null for every one.' })
  channel!: string | null;

  @Field(() => String, { description: 'Why.' })
  reason!: string;

  @Field(() => DateTime, { description: 'Until when.' })
  until!: Date;

  @Field(() => ID, { description: 'Person who gave it.' })
  person!: string;

  @Field(() => DateTime, { description: 'When it was given.' })
  at!: Date;

  @Field(() => Boolean, { description: 'Whether it has not run out.' })
  counts!: boolean;
}

@ObjectType({ description: 'A member as staff see it.' })
export class MemberRecord {
  readonly __typename = 'MemberRecord';

  @Field(() => String, { description: 'Name on the wire.' })
  member!: string;

  @Field(() => String, { description: 'Name for people.' })
  name!: string;

  @Field(() => MemberKind, { description: 'What kind of organisation it is.' })
  kind!: string;

  @Field(() => MemberStatus, { description: 'Its standing.' })
  status!: string;

  @Field(() => Boolean, { description: 'Whether it is an accredited hotline.' })
  accredited!: boolean;

  @Field(() => String, { description: 'Its control group: members of one count as one.' })
  controlGroup!: string;

  @Field(() => DateTime, { nullable: true, description: 'When its admission was logged; null before.' })
  since!: Date | null;

  @Field(() => ID, { nullable: true, description: 'Its application; null if it came without one.' })
  application!: string | null;

  @Field(() => [MemberRight], { description: 'Its rights, by channel.' })
  rights!: MemberRight[];

  @Field(() => MemberConformance, { nullable: true, description: 'Its latest pass; null if there is none.' })
  conformance!: MemberConformance | null;

  @Field(() => [ConformanceWaiver], { description: 'Waivers of conformance, the latest first.' })
  waivers!: ConformanceWaiver[];
}

@ObjectType({ description: 'A member and its place in the list.' })
export class MemberRecordEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => MemberRecord, { description: 'The member.' })
  node!: MemberRecord;
}

@ObjectType({ description: 'A page of the list of members.' })
export class MemberRecordConnection {
  @Field(() => [MemberRecordEdge], { description: 'By name.' })
  edges!: MemberRecordEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'The rights of a member, and on what more could be given.' })
export class MemberRights {
  readonly __typename = 'MemberRights';

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => [MemberRight], { description: 'Its rights, by channel.' })
  rights!: MemberRight[];

  @Field(() => MemberConformance, { nullable: true, description: 'Its latest pass; null if there is none.' })
  conformance!: MemberConformance | null;
}

@ObjectType({ description: 'An act of staff on a member. What does not belong to its kind is null.' })
export class MemberAct {
  @Field(() => SafeInt, { description: 'Number of the act; later acts have greater ones.' })
  number!: number;

  @Field(() => MemberActKind, { description: 'What was done.' })
  act!: string;

  @Field(() => String, { nullable: true, description: 'Channel of a right.' })
  channel!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Of a right: whether it may submit.' })
  submit!: boolean | null;

  @Field(() => Boolean, { nullable: true, description: 'Of a right: whether it may receive.' })
  receive!: boolean | null;

  @Field(() => RightBasis, { nullable: true, description: 'On what a right rests.' })
  basis!: string | null;

  @Field(() => ID, { nullable: true, description: 'Person whose waiver a right rests on.' })
  waivedBy!: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is accredited since.' })
  accredited!: boolean | null;

  @Field(() => String, { nullable: true, description: 'The control group it was put under.' })
  controlGroup!: string | null;

  @Field(() => SafeInt, { nullable: true, description: 'Of a recall: the first log index that is void.' })
  from!: number | null;

  @Field(() => String, { description: 'Why.' })
  reason!: string;

  @Field(() => ID, { description: 'Person who acted.' })
  person!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'An act and its place in the list.' })
export class MemberActEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => MemberAct, { description: 'The act.' })
  node!: MemberAct;
}

@ObjectType({ description: 'A page of the acts on a member.' })
export class MemberActConnection {
  @Field(() => [MemberActEdge], { description: 'The latest first.' })
  edges!: MemberActEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const MemberLookup = createUnionType({
  name: 'MemberLookup',
  description: 'A member, or that there is none of that name.',
  types: () => [MemberRecord, NotFound] as const,
  resolveType,
});

export const MemberRightsLookup = createUnionType({
  name: 'MemberRightsLookup',
  description: 'The rights of a member, or that there is none of that name for the caller.',
  types: () => [MemberRights, NotFound] as const,
  resolveType,
});

export const MemberActResult = createUnionType({
  name: 'MemberActResult',
  description:
    'The member after the act, which is in force when its statement has been logged; or why nothing was done.',
  types: () => [MemberRecord, ActRefused] as const,
  resolveType,
});
