import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { NotFound } from '../graphql/failure.types.js';
import { requireMember, type RequestContext } from '../graphql/request-context.js';
import { ConformanceService } from './conformance.service.js';
import {
  ConformanceReportInput,
  ConformanceRun,
  ReportConformanceResult,
  StartConformanceResult,
  type ConformanceRefused,
} from './conformance.types.js';

@Resolver()
export class ConformanceResolver {
  constructor(@Inject(ConformanceService) private readonly service: ConformanceService) {}

  @Query(() => [ConformanceRun], {
    description: 'The conformance runs of the caller, the latest twenty, newest first.',
  })
  conformanceRuns(@Context() context: RequestContext): Promise<ConformanceRun[]> {
    return this.service.list(requireMember(context));
  }

  @Mutation(() => StartConformanceResult, {
    description: 'Starts a conformance run in the sandbox; it must be passed within an hour.',
  })
  startConformance(@Context() context: RequestContext): Promise<ConformanceRun | ConformanceRefused> {
    return this.service.start(requireMember(context));
  }

  @Mutation(() => ReportConformanceResult, {
    description:
      'Reports the step that a run has come to. It is judged once: a step that is not passed ends the run.',
  })
  reportConformance(
    @Context() context: RequestContext,
    @Args('input', { type: () => ConformanceReportInput, description: 'What the member has to show.' })
    input: ConformanceReportInput,
  ): Promise<ConformanceRun | ConformanceRefused | NotFound> {
    return this.service.report(requireMember(context), input);
  }
}
