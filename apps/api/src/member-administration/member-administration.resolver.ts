import { Inject } from '@nestjs/common';
import { Args, Context, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { MemberStatus as Status } from '#libs/protocol';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { MemberStatus } from '../member/me.types.js';
import {
  AccreditationInput,
  ConformanceWaiverInput,
  MemberControlGroupInput,
  MemberRightInput,
  RecallInput,
} from './member-act.input.js';
import { MemberActsService } from './member-acts.service.js';
import { MemberRecordsService } from './member-records.service.js';
import {
  MemberActConnection,
  MemberActResult,
  MemberLookup,
  MemberRecordConnection,
  MemberRightsLookup,
  type MemberAct,
  type MemberRecord,
  type MemberRights,
} from './member-record.types.js';

type Acted = Promise<MemberRecord | ActRefused>;

const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'On which member, what, and why.' });
const First = (): ParameterDecorator =>
  Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' });
const After = (): ParameterDecorator =>
  Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' });
const Name = (argument: string): ParameterDecorator =>
  Args(argument, { type: () => String, description: 'Name of the member.' });

@Resolver()
export class MemberAdministrationResolver {
  constructor(
    @Inject(MemberRecordsService) private readonly records: MemberRecordsService,
    @Inject(MemberActsService) private readonly acts: MemberActsService,
  ) {}

  @Query(() => MemberRecordConnection, { description: 'The members of the alliance, by name.' })
  members(
    @Context() context: RequestContext,
    @First() first: number,
    @Args('status', { type: () => MemberStatus, nullable: true, description: 'Only those in this standing.' })
    status: Status | null | undefined,
    @After() after?: string | null,
  ): Promise<Connection<MemberRecord>> {
    return this.records.list(requirePerson(context), status ?? null, first, after ?? null);
  }

  @Query(() => MemberLookup, { description: 'A member.' })
  async member(
    @Context() context: RequestContext,
    @Name('name') name: string,
  ): Promise<MemberRecord | NotFound> {
    return (await this.records.find(requirePerson(context), name)) ?? notFound();
  }

  @Query(() => MemberRightsLookup, {
    description: 'The rights of a member: of any for staff, of the own one for who administers it.',
  })
  async memberRights(
    @Context() context: RequestContext,
    @Name('member') member: string,
  ): Promise<MemberRights | NotFound> {
    return (await this.records.rightsOf(requirePerson(context), member)) ?? notFound();
  }

  @Query(() => MemberActConnection, { description: 'What staff did about a member, the latest first.' })
  memberActs(
    @Context() context: RequestContext,
    @Name('member') member: string,
    @First() first: number,
    @After() after?: string | null,
  ): Promise<Connection<MemberAct>> {
    return this.records.actsOn(requirePerson(context), member, first, after ?? null);
  }

  @Mutation(() => MemberActResult, {
    description:
      'Says what a member may do in a channel: what is not given is taken. More than it has takes a conformance pass that counts, or a ' +
      'waiver by another person.',
  })
  setMemberRight(
    @Context() context: RequestContext,
    @Input(() => MemberRightInput) input: MemberRightInput,
  ): Acted {
    return this.acts.setRight(requirePerson(context), input);
  }

  @Mutation(() => MemberActResult, {
    description: 'Lets another person give rights to a member that has passed no conformance run.',
  })
  waiveConformance(
    @Context() context: RequestContext,
    @Input(() => ConformanceWaiverInput) input: ConformanceWaiverInput,
  ): Acted {
    return this.acts.waiveConformance(requirePerson(context), input);
  }

  @Mutation(() => MemberActResult, { description: 'Gives or takes the accreditation of a hotline.' })
  setAccreditation(
    @Context() context: RequestContext,
    @Input(() => AccreditationInput) input: AccreditationInput,
  ): Acted {
    return this.acts.setAccreditation(requirePerson(context), input);
  }

  @Mutation(() => MemberActResult, {
    description: 'Puts a member under another control group; corroborations are counted anew.',
  })
  setControlGroup(
    @Context() context: RequestContext,
    @Input(() => MemberControlGroupInput) input: MemberControlGroupInput,
  ): Acted {
    return this.acts.setControlGroup(requirePerson(context), input);
  }

  @Mutation(() => MemberActResult, {
    description: 'Voids what a member said from a log index on; what it says later counts again.',
  })
  recallMember(@Context() context: RequestContext, @Input(() => RecallInput) input: RecallInput): Acted {
    return this.acts.recall(requirePerson(context), input);
  }
}
