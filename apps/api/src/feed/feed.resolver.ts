import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { FeedSetHead } from '#libs/feed';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requireMember, type RequestContext } from '../graphql/request-context.js';
import { FeedService, type FeedView } from './feed.service.js';
import { Feed, FeedConnection, FeedResult, FeedTicket } from './feed.types.js';

@Resolver(() => Feed)
export class FeedResolver {
  constructor(@Inject(FeedService) private readonly service: FeedService) {}

  @Query(() => FeedConnection, { description: 'Feeds that the caller may receive.' })
  feeds(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'Most feeds of the page, 1 to 100.' }) first: number,
    @Args('after', {
      type: () => String,
      nullable: true,
      description: 'Cursor of the last feed of the page before.',
    })
    after?: string,
  ): Promise<Connection<FeedView>> {
    return this.service.list(requireMember(context), first, after ?? undefined);
  }

  @Query(() => FeedResult, { description: 'The feed of a channel.' })
  async feed(
    @Context() context: RequestContext,
    @Args('id', { type: () => ID, description: 'Name of the channel.' }) id: string,
  ): Promise<FeedView | NotFound> {
    return (await this.service.find(requireMember(context), id)) ?? notFound();
  }

  @ResolveField()
  types(@Context() context: RequestContext, @Parent() feed: FeedView): Promise<FeedSetHead[]> {
    return this.service.sets(feed, context);
  }

  @ResolveField()
  ticket(@Context() context: RequestContext, @Parent() feed: FeedView): Promise<FeedTicket> {
    return this.service.ticket(feed, context);
  }
}
