import { Inject } from '@nestjs/common';
import { Args, Context, Int, Query, Resolver } from '@nestjs/graphql';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ExposureService } from './exposure.service.js';
import { ExposureLookup, type Exposure } from './exposure.types.js';
import { PersonExposureLookup, type PersonExposures } from './person-exposure.types.js';

const Type = (): ParameterDecorator =>
  Args('type', { type: () => String, description: 'Signal type, such as `sha256`.' });
const Value = (): ParameterDecorator =>
  Args('value', { type: () => String, description: 'Canonical value of the signal.' });
const Channel = (): ParameterDecorator =>
  Args('channel', { type: () => String, description: 'Name of the channel.' });
const First = (): ParameterDecorator =>
  Args('first', { type: () => Int, description: 'How many at most, 1 to 1000.' });
const After = (): ParameterDecorator =>
  Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' });

@Resolver()
export class ExposureResolver {
  constructor(@Inject(ExposureService) private readonly service: ExposureService) {}

  @Query(() => ExposureLookup, {
    description:
      'Which members were served a value from the feed of a channel or could have fetched it, and when: as far back as the access history reaches.',
  })
  async exposure(
    @Context() context: RequestContext,
    @Type() type: string,
    @Value() value: string,
    @Channel() channel: string,
    @First() first: number,
    @After() after?: string | null,
  ): Promise<Exposure | NotFound> {
    const question = { type, value, channel, first, after: after ?? null };
    return (await this.service.members(requirePerson(context), question)) ?? notFound();
  }

  @Query(() => PersonExposureLookup, {
    description:
      'Which persons of the staff were shown entries about a value in a channel, or could have fetched it in a replay.',
  })
  async personExposure(
    @Context() context: RequestContext,
    @Type() type: string,
    @Value() value: string,
    @Channel() channel: string,
    @First() first: number,
    @After() after?: string | null,
  ): Promise<PersonExposures | NotFound> {
    const question = { type, value, channel, first, after: after ?? null };
    return (await this.service.persons(requirePerson(context), question)) ?? notFound();
  }
}
