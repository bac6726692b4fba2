import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requireMember, type RequestContext } from '../graphql/request-context.js';
import { SubmissionService, type SubmissionView } from './submission.service.js';
import { Submission, SubmissionLookup, type EntryOutcome } from './submission.types.js';
import { SubmitService, type SubmitAnswer } from './submit.service.js';
import { SubmitInput, SubmitResult } from './submit.types.js';

@Resolver(() => Submission)
export class SubmissionResolver {
  constructor(
    @Inject(SubmissionService) private readonly service: SubmissionService,
    @Inject(SubmitService) private readonly submissions: SubmitService,
  ) {}

  @Mutation(() => SubmitResult, {
    description: 'Sends a signed batch of entries. A retry of the same is harmless.',
  })
  submit(
    @Context() context: RequestContext,
    @Args('input', { type: () => SubmitInput, description: 'The batch.' }) input: SubmitInput,
  ): Promise<SubmitAnswer> {
    return this.submissions.submit(requireMember(context), input);
  }

  @Query(() => SubmissionLookup, { description: 'A submission of the caller.' })
  async submission(
    @Context() context: RequestContext,
    @Args('jti', { type: () => ID, description: 'The `jti` of its manifest.' }) jti: string,
  ): Promise<SubmissionView | NotFound> {
    return (await this.service.find(requireMember(context), jti)) ?? notFound();
  }

  @ResolveField()
  async proof(
    @Context() context: RequestContext,
    @Parent() submission: SubmissionView,
  ): Promise<string | null> {
    return (await this.service.evidence(requireMember(context), submission))?.proof ?? null;
  }

  @ResolveField()
  async leaf(
    @Context() context: RequestContext,
    @Parent() submission: SubmissionView,
  ): Promise<string | null> {
    return (await this.service.evidence(requireMember(context), submission))?.leaf ?? null;
  }

  @ResolveField()
  async content(
    @Context() context: RequestContext,
    @Parent() submission: SubmissionView,
  ): Promise<string | null> {
    return (await this.service.evidence(requireMember(context), submission))?.content ?? null;
  }

  @ResolveField()
  async author(
    @Context() context: RequestContext,
    @Parent() submission: SubmissionView,
  ): Promise<string | null> {
    return (await this.service.evidence(requireMember(context), submission))?.author ?? null;
  }

  @ResolveField()
  entries(
    @Context() context: RequestContext,
    @Parent() submission: SubmissionView,
    @Args('first', { type: () => Int, description: 'Most entries of the page, 1 to 1000.' }) first: number,
    @Args('after', {
      type: () => String,
      nullable: true,
      description: 'Cursor of the last entry of the page before.',
    })
    after?: string,
  ): Promise<Connection<EntryOutcome> | null> {
    return this.service.entries(requireMember(context), submission, first, after ?? undefined);
  }
}
