import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requireActingMember, type RequestContext } from '../graphql/request-context.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { EndorserService } from './endorser.service.js';
import { Applicant, ApplicantConnection, ApplicantLookup } from './endorser.types.js';
import { ApplicationActResult, type ApplicationActed } from './own-application.types.js';
import { ObjectionInput } from './review.input.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const ApplicationId = (): ParameterDecorator =>
  Args('application', { type: () => ID, description: 'Id of the application.' });

@Resolver()
export class EndorserResolver {
  constructor(@Inject(EndorserService) private readonly service: EndorserService) {}

  @Query(() => ApplicantLookup, { description: 'An applicant to endorse or to object to.' })
  async applicant(
    @Context() context: RequestContext,
    @Args('id', { type: () => ID, description: 'Id of the application.' }) id: string,
  ): Promise<Applicant | NotFound> {
    return (await this.service.find(requireActingMember(context), id)) ?? notFound();
  }

  @Query(() => ApplicantConnection, { description: 'Applicants under review, for members in full standing.' })
  applicants(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 100.' }) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<Applicant>> {
    return this.service.list(requireActingMember(context), first, after ?? undefined);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Files an endorsement of the own member. Sending the same again returns its number.',
  })
  endorseApplicant(
    @Context() context: RequestContext,
    @Args('endorsement', {
      type: () => String,
      description: 'Compact JWS, `typ` `cairn-endorsement+jws`, by a signing key of the member.',
    })
    endorsement: string,
  ): Acted {
    return this.service.endorse(requireActingMember(context), endorsement);
  }

  @Mutation(() => ApplicationActResult, { description: 'Takes an endorsement of the own member back.' })
  withdrawEndorsement(
    @Context() context: RequestContext,
    @ApplicationId() application: string,
    @Args('number', { type: () => SafeInt, description: 'Number of the endorsement.' }) number: number,
  ): Acted {
    return this.service.withdraw(requireActingMember(context), application, number);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Objects for the own member, while the window is open.',
  })
  objectToApplicant(
    @Context() context: RequestContext,
    @Args('input', { type: () => ObjectionInput, description: 'To whom, and why.' }) input: ObjectionInput,
  ): Acted {
    return this.service.object(requireActingMember(context), input);
  }
}
