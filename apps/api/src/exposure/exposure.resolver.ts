import { Inject } from '@nestjs/common';
import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ExposureArgs } from './exposure.args.js';
import { ExposureService } from './exposure.service.js';
import { ExposureLookup, type Exposure } from './exposure.types.js';
import { PersonExposureLookup, type PersonExposures } from './person-exposure.types.js';

@Resolver()
export class ExposureResolver {
  constructor(@Inject(ExposureService) private readonly service: ExposureService) {}

  @Query(() => ExposureLookup, {
    description:
      'Which members were served a value from the feed of a channel or could have fetched it, and when: as far back as the access history reaches.',
  })
  async exposure(
    @Context() context: RequestContext,
    @Args() question: ExposureArgs,
  ): Promise<Exposure | NotFound> {
    return (await this.service.members(requirePerson(context), question)) ?? notFound();
  }

  @Query(() => PersonExposureLookup, {
    description:
      'Which persons of the staff were shown entries about a value in a channel, or could have fetched it in a replay.',
  })
  async personExposure(
    @Context() context: RequestContext,
    @Args() question: ExposureArgs,
  ): Promise<PersonExposures | NotFound> {
    return (await this.service.persons(requirePerson(context), question)) ?? notFound();
  }
}
