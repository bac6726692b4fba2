import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { ChannelPolicy } from '../graphql/channel-policy.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({ description: 'The published set of one signal type.' })
export class FeedType {
  @Field(() => String, { description: 'Name of the signal type.' })
  type!: string;

  @Field(() => SafeInt, { description: 'Records in the set.' })
  records!: number;

  @Field(() => String, { description: 'Set root, 64 lower-case hex digits.' })
  root!: string;
}

@ObjectType({
  description:
    'Opens the static objects of one feed for five minutes: put one of the two before or beside the path.',
})
export class FeedTicket {
  @Field(() => String, { description: 'What to put before `/feed/…`: `/ticket/<ticket>`.' })
  prefix!: string;

  @Field(() => String, { description: 'What to send as `Cookie` header on `/feed/…`: `<name>=<ticket>`.' })
  cookie!: string;

  @Field(() => DateTime, { description: 'From when on it opens nothing.' })
  expiresAt!: Date;
}

@ObjectType({ description: 'The feed of a channel as its latest checkpoint signs it.' })
export class Feed {
  readonly __typename = 'Feed';

  @Field(() => ID, { description: 'Name of the channel.' })
  id!: string;

  @Field(() => String, { description: "Name of the feed's log, to be pinned in the policy file." })
  origin!: string;

  @Field(() => SafeInt, {
    description: 'Rounds that the checkpoint covers: the cursor of a reader that has applied them all.',
  })
  size!: number;

  @Field(() => String, { description: 'RFC 9162 root over the rounds, 64 lower-case hex digits.' })
  root!: string;

  @Field(() => String, { description: 'The checkpoint (C2SP tlog-checkpoint), a signed note.' })
  checkpoint!: string;

  @Field(() => [FeedType], {
    description: 'The sets at the checkpoint, by name of type; types never published are missing.',
  })
  types!: FeedType[];

  @Field(() => ChannelPolicy, { description: 'Rules of the channel.' })
  policy!: ChannelPolicy;

  @Field(() => FeedTicket, { description: 'A new ticket for the static objects of the feed.' })
  ticket!: FeedTicket;
}

@ObjectType({ description: 'A feed and its place in the list.' })
export class FeedEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => Feed, { description: 'The feed.' })
  node!: Feed;
}

@ObjectType({ description: 'A page of the list of feeds.' })
export class FeedConnection {
  @Field(() => [FeedEdge], { description: 'The feeds of the page, by name of channel.' })
  edges!: FeedEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

export const FeedResult = createUnionType({
  name: 'FeedResult',
  description: 'A feed, or that there is none of that name for the caller.',
  types: () => [Feed, NotFound] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
