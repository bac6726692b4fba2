import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ApplicationState as State } from '#libs/membership';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ApplicationState } from './application-enums.types.js';
import {
  ApplicationConnection,
  ApplicationDocumentLookup,
  ApplicationLookup,
  type ApplicationDocumentContent,
  type ApplicationRecord,
  type ApplicationSummary,
} from './application-record.types.js';
import { ApplicationActResult, type ApplicationActed } from './own-application.types.js';
import {
  ApplicationActInput,
  ApplicationCheckInput,
  ControlGroupInput,
  InformationRequestInput,
  ObjectionAnswerInput,
  ObjectionInput,
  PrincipleFindingInput,
} from './review.input.js';
import { ReviewService } from './review.service.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'On which application, and what.' });
const ApplicationId = (): ParameterDecorator =>
  Args('application', { type: () => ID, description: 'Id of the application.' });

@Resolver()
export class ReviewResolver {
  constructor(@Inject(ReviewService) private readonly service: ReviewService) {}

  @Query(() => ApplicationConnection, { description: 'Applications, the one that has waited longest first.' })
  applications(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' }) first: number,
    @Args('states', {
      type: () => [ApplicationState],
      nullable: true,
      description: 'Only those that stand here.',
    })
    states: State[] | null | undefined,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<ApplicationSummary>> {
    return this.service.list(requirePerson(context), states ?? null, first, after ?? undefined);
  }

  @Query(() => ApplicationLookup, { description: 'An application with everything that counts.' })
  async applicationRecord(
    @Context() context: RequestContext,
    @Args('id', { type: () => ID, description: 'Id of the application.' }) id: string,
  ): Promise<ApplicationRecord | NotFound> {
    return (await this.service.find(requirePerson(context), id)) ?? notFound();
  }

  @Query(() => ApplicationDocumentLookup, { description: 'A document of an application.' })
  async applicationDocument(
    @Context() context: RequestContext,
    @ApplicationId() application: string,
    @Args('digest', { type: () => String, description: 'SHA-256 of its bytes, hex.' }) digest: string,
  ): Promise<ApplicationDocumentContent | NotFound> {
    return (await this.service.findDocument(requirePerson(context), application, digest)) ?? notFound();
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Takes an application into review, or back into it from a later step.',
  })
  reviewApplication(
    @Context() context: RequestContext,
    @Input(() => ApplicationActInput) input: ApplicationActInput,
  ): Acted {
    return this.service.takeUp(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Records how a check came out; the latest counts.' })
  recordApplicationCheck(
    @Context() context: RequestContext,
    @Input(() => ApplicationCheckInput) input: ApplicationCheckInput,
  ): Acted {
    return this.service.recordCheck(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Records what was found about a principle.' })
  recordPrincipleFinding(
    @Context() context: RequestContext,
    @Input(() => PrincipleFindingInput) input: PrincipleFindingInput,
  ): Acted {
    return this.service.recordFinding(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Records under whose control the applicant is.' })
  setApplicationControlGroup(
    @Context() context: RequestContext,
    @Input(() => ControlGroupInput) input: ControlGroupInput,
  ): Acted {
    return this.service.setControlGroup(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Asks the applicant for information.' })
  requestInformation(
    @Context() context: RequestContext,
    @Input(() => InformationRequestInput) input: InformationRequestInput,
  ): Acted {
    return this.service.requestInformation(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'States that agreement and endorsements are there.' })
  confirmEndorsed(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.confirmEndorsed(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, { description: 'Opens the window in which members can object.' })
  openObjectionWindow(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.openWindow(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Objects as one of the staff, while the window is open.',
  })
  raiseStaffObjection(
    @Context() context: RequestContext,
    @Input(() => ObjectionInput) input: ObjectionInput,
  ): Acted {
    return this.service.object(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Answers an objection.' })
  answerObjection(
    @Context() context: RequestContext,
    @Input(() => ObjectionAnswerInput) input: ObjectionAnswerInput,
  ): Acted {
    return this.service.answerObjection(requirePerson(context), input);
  }
}
