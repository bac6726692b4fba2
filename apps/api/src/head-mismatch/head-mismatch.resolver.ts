import { Inject } from '@nestjs/common';
import { Args, Context, Int, Query, Resolver } from '@nestjs/graphql';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { HeadMismatchService } from './head-mismatch.service.js';
import { HeadMismatchConnection, type HeadMismatch } from './head-mismatch.types.js';

@Resolver()
export class HeadMismatchResolver {
  constructor(@Inject(HeadMismatchService) private readonly service: HeadMismatchService) {}

  @Query(() => HeadMismatchConnection, {
    description:
      'Which members named a head that the provenance log never had, one for each member and day; the latest first.',
  })
  headMismatches(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' }) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<HeadMismatch>> {
    return this.service.list(requirePerson(context), first, after ?? null);
  }
}
