import { Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** Spelled as GraphQL does. */
export enum FeedAccessWay {
  TICKET = 'TICKET',
  ROUNDS = 'ROUNDS',
  PACKS = 'PACKS',
  DELTA = 'DELTA',
}
registerEnumType(FeedAccessWay, {
  name: 'FeedAccessWay',
  description: 'How rounds of a feed reach a member.',
  valuesMap: {
    TICKET: {
      description: 'A ticket: whoever holds it can fetch everything that the feed holds until it ends.',
    },
    ROUNDS: { description: 'Bundles of rounds, which name packs and hold no values.' },
    PACKS: { description: 'Packs that single rounds announce, which hold the values.' },
    DELTA: { description: 'Pages of a delta, or the pack of a rollup: both fold all their rounds.' },
  },
});

@ObjectType({ description: 'Rounds of a feed in a row.' })
export class RoundRange {
  @Field(() => SafeInt, { description: 'Index of the first.' })
  from!: number;

  @Field(() => SafeInt, { description: 'Index after the last.' })
  to!: number;
}

@ObjectType({ description: 'What a member was served from a feed in one way within one hour.' })
export class FeedAccess {
  @Field(() => ID, { description: 'Name of the member.' })
  member!: string;

  @Field(() => ID, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => FeedAccessWay, { description: 'How it was served.' })
  way!: FeedAccessWay;

  @Field(() => String, {
    nullable: true,
    description: 'Signal type of packs and deltas; null of the others.',
  })
  type!: string | null;

  @Field(() => [RoundRange], {
    description: 'Exactly the rounds served; of tickets, those that were signed when they were issued.',
  })
  rounds!: RoundRange[];

  @Field(() => DateTime, { description: 'When first in the hour.' })
  firstAt!: Date;

  @Field(() => DateTime, { description: 'When last in the hour.' })
  lastAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'End of the latest ticket; null of the other ways.' })
  until!: Date | null;

  @Field(() => SafeInt, { description: 'How often.' })
  count!: number;
}

@ObjectType({ description: 'An access and its place in the history.' })
export class FeedAccessEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => FeedAccess, { description: 'The access.' })
  node!: FeedAccess;
}

@ObjectType({ description: 'A page of the access history of a channel, the oldest first.' })
export class FeedAccessConnection {
  @Field(() => [FeedAccessEdge], { description: 'The accesses of the page.' })
  edges!: FeedAccessEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}
