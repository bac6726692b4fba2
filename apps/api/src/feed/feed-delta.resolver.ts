import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import type { InvalidCursor, NotFound } from '../graphql/failure.types.js';
import { requireMember, type RequestContext } from '../graphql/request-context.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { FeedDeltaService } from './feed-delta.service.js';
import { FeedDeltaPage, FeedDeltaResult, type FeedReset } from './feed-delta.types.js';
import type { DeltaPageView } from './feed-page.js';

@Resolver(() => FeedDeltaPage)
export class FeedDeltaResolver {
  constructor(@Inject(FeedDeltaService) private readonly service: FeedDeltaService) {}

  @Query(() => FeedDeltaResult, {
    description:
      'What changed in a feed since the caller last looked, for readers that know nothing of packs. The first page fixes how far it goes.',
  })
  feedDelta(
    @Context() context: RequestContext,
    @Args('feed', { type: () => ID, description: 'Name of the channel.' }) feed: string,
    @Args('type', { type: () => String, description: 'Name of the signal type.' }) type: string,
    @Args('after', {
      type: () => SafeInt,
      description: 'Size of the feed that the caller has applied; 0 for nothing.',
    })
    after: number,
    @Args('first', { type: () => Int, description: 'Most changes of the page, 1 to 1000.' }) first: number,
    @Args('cursor', {
      type: () => String,
      nullable: true,
      description: 'Cursor of the page before, with the same feed, type and after.',
    })
    cursor?: string,
  ): Promise<DeltaPageView | FeedReset | NotFound | InvalidCursor> {
    return this.service.page(requireMember(context), {
      feed,
      type,
      after,
      first,
      cursor: cursor ?? undefined,
    });
  }

  @ResolveField()
  jws(@Parent() page: DeltaPageView): Promise<string> {
    return this.service.sign(page);
  }
}
