import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Query, Resolver } from '@nestjs/graphql';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { AccessHistoryService } from './access-history.service.js';
import { FeedAccessConnection, type FeedAccess } from './access-history.types.js';

@Resolver()
export class AccessHistoryResolver {
  constructor(@Inject(AccessHistoryService) private readonly service: AccessHistoryService) {}

  @Query(() => FeedAccessConnection, {
    description:
      'Which members were served which rounds of a feed, and when: recorded before anything was sent, kept as long as the hub’s policy says.',
  })
  accessHistory(
    @Context() context: RequestContext,
    @Args('channel', { type: () => ID, description: 'Name of the channel.' }) channel: string,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 1000.' }) first: number,
    @Args('member', { type: () => ID, nullable: true, description: 'Name of a member; without it, of all.' })
    member?: string | null,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<FeedAccess>> {
    const question = { channel, member: member ?? null, first, after: after ?? null };
    return this.service.list(requirePerson(context), question);
  }
}
