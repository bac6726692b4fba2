import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { FeedAccessWay } from '../access-history/access-history.types.js';
import { FeedChangeOp } from '../feed/feed-delta.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({ description: 'A time from a moment up to another.' })
export class TimeRange {
  @Field(() => DateTime, { description: 'When it begins.' })
  from!: Date;

  @Field(() => DateTime, { description: 'When it ends.' })
  to!: Date;
}

@ObjectType({ description: 'What a round did to the record of a signal.' })
export class RecordChange {
  @Field(() => SafeInt, { description: 'Index of the round.' })
  round!: number;

  @Field(() => FeedChangeOp, { description: 'What it did.' })
  op!: keyof typeof FeedChangeOp;

  @Field(() => DateTime, {
    description: 'When a checkpoint first covered the round: its pack can be fetched since then, for good.',
  })
  signedAt!: Date;
}

@ObjectType({ description: 'That a member was served a value in one way, or could have fetched it.' })
export class MemberExposure {
  @Field(() => ID, { description: 'Name of the member.' })
  member!: string;

  @Field(() => FeedAccessWay, {
    description:
      'PACKS: it was served packs of rounds that changed the record. DELTA: pages of a delta that holds the value. TICKET: it could have fetched such packs.',
  })
  way!: FeedAccessWay;

  @Field(() => Boolean, {
    description:
      'Whether it was certainly served bytes that hold the value. Of a round in several packs of the type, and of deltas, it is not recorded which part was served.',
  })
  certain!: boolean;

  @Field(() => DateTime, {
    description:
      'First time in the hours that this is about; of tickets, when they first opened such a pack.',
  })
  firstAt!: Date;

  @Field(() => DateTime, { description: 'Last time in those hours; of tickets, when the last ended.' })
  lastAt!: Date;

  @Field(() => SafeInt, {
    description:
      'How often in those hours the member was served the type in this way, whatever it was; of tickets, how many.',
  })
  count!: number;

  @Field(() => [TimeRange], {
    description:
      'Of tickets, when they opened packs that hold the value; those of one hour are one range. Empty for the others.',
  })
  windows!: TimeRange[];
}

@ObjectType({ description: 'An exposure of a member and its place in the list.' })
export class MemberExposureEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => MemberExposure, { description: 'The exposure.' })
  node!: MemberExposure;
}

@ObjectType({ description: 'A page of who could have received a value from the feed of a channel, by name.' })
export class Exposure {
  readonly __typename = 'Exposure';

  @Field(() => ID, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => String, { description: 'Name of the signal type.' })
  type!: string;

  @Field(() => SafeInt, { description: 'Rounds of the feed that the answer is about: all that are signed.' })
  size!: number;

  @Field(() => DateTime, {
    description:
      'After this moment the access history is whole; of what was served before it, some may be forgotten.',
  })
  horizon!: Date;

  @Field(() => [RecordChange], {
    description:
      'The rounds that brought, changed and removed the record, in order; none when the feed never held the value.',
  })
  changes!: RecordChange[];

  @Field(() => [MemberExposureEdge], { description: 'The exposures of the page.' })
  edges!: MemberExposureEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

export const ExposureLookup = createUnionType({
  name: 'ExposureLookup',
  description: 'Who could have received a value, or that the channel never had an entry about it.',
  types: () => [Exposure, NotFound] as const,
});
