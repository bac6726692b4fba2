import { createUnionType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { Failure, InvalidCursor, NotFound } from '../graphql/failure.types.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** What a change does to a copy. */
export const FeedChangeOp = { ADDED: 'ADDED', UPDATED: 'UPDATED', REMOVED: 'REMOVED' } as const;

registerEnumType(FeedChangeOp, {
  name: 'FeedChangeOp',
  description: 'What a change does to a copy of the set.',
  valuesMap: {
    ADDED: { description: 'The value was not in the set and now is.' },
    UPDATED: { description: 'The value is in the set with other metadata.' },
    REMOVED: { description: 'The value was in the set and is no more.' },
  },
});

/** Whether a record stands. */
export const RecordStatus = { ACTIVE: 'ACTIVE', DISPUTED: 'DISPUTED' } as const;

registerEnumType(RecordStatus, {
  name: 'RecordStatus',
  description: 'Whether a record stands.',
  valuesMap: {
    ACTIVE: { description: 'It stands.' },
    DISPUTED: { description: 'It is under dispute.' },
  },
});

/** How well a record is supported. */
export const Assurance = {
  PROVISIONAL: 'PROVISIONAL',
  CORROBORATED: 'CORROBORATED',
  VERIFIED: 'VERIFIED',
} as const;

registerEnumType(Assurance, {
  name: 'Assurance',
  description: 'How well a record is supported.',
  valuesMap: {
    PROVISIONAL: { description: 'By one author that is not accredited.' },
    CORROBORATED: { description: "By as many independent authors as the channel's policy asks for." },
    VERIFIED: { description: 'By an accredited hotline.' },
  },
});

@ObjectType({ description: 'A label of a record and how many of its supporters gave it.' })
export class LabelCount {
  @Field(() => String, { description: 'The label.' })
  label!: string;

  @Field(() => Int, { description: 'Supporters that gave it: exact up to 3, then the power of two below.' })
  count!: number;
}

@ObjectType({
  description:
    'What changed about one value between two sizes of a feed. What a removal does not have is null.',
})
export class FeedChange {
  @Field(() => FeedChangeOp, { description: 'What it does to a copy.' })
  op!: keyof typeof FeedChangeOp;

  @Field(() => String, { description: 'Canonical value of the signal.' })
  value!: string;

  @Field(() => RecordStatus, { nullable: true, description: 'Whether the record stands.' })
  status?: keyof typeof RecordStatus;

  @Field(() => Assurance, { nullable: true, description: 'How well it is supported.' })
  assurance?: keyof typeof Assurance;

  @Field(() => Int, {
    nullable: true,
    description: 'Control groups that support it: exact up to 3, then the power of two below.',
  })
  supporters?: number;

  @Field(() => [LabelCount], { nullable: true, description: 'Labels by code; empty when none was given.' })
  labels?: LabelCount[];

  @Field(() => String, {
    nullable: true,
    description: 'First day (UTC, `YYYY-MM-DD`) on which no claim stands any more, if every claim ends.',
  })
  expires?: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Greatest quality reported, 0 to 100; perceptual hashes only.',
  })
  quality?: number;

  @Field(() => [String], {
    nullable: true,
    description: 'Names of members who support it and wish to be named, eight at most.',
  })
  authors?: string[];

  @Field(() => String, {
    nullable: true,
    description: 'Why it was removed, a code word such as `withdrawn`.',
  })
  reason?: string;
}

@ObjectType({
  description:
    'A page of the fold of all changes between two sizes of a feed, in order of value. Pages fit together while the feed grows.',
})
export class FeedDeltaPage {
  readonly __typename = 'FeedDeltaPage';

  @Field(() => ID, { description: 'Name of the channel.' })
  feed!: string;

  @Field(() => String, { description: 'Name of the signal type.' })
  type!: string;

  @Field(() => SafeInt, { description: 'Size of the feed that the changes apply to.' })
  from!: number;

  @Field(() => SafeInt, { description: 'Size of the feed after all pages: the next `after`.' })
  to!: number;

  @Field(() => Int, { description: 'Number of the page, from 0.' })
  page!: number;

  @Field(() => Boolean, {
    description: 'Whether it is the last. A page that is not can hold few changes, even none.',
  })
  last!: boolean;

  @Field(() => String, { nullable: true, description: 'To be given for the next page; null on the last.' })
  cursor!: string | null;

  @Field(() => [FeedChange], { description: 'The changes, each value at most once over all pages.' })
  changes!: FeedChange[];

  @Field(() => String, {
    nullable: true,
    description:
      'On the last page the set root at `to`, 64 lower-case hex digits: a copy that has it is complete.',
  })
  setRoot!: string | null;

  @Field(() => String, {
    description:
      'The page as a compact JWS of type `cairn-feed-page+jws` by the promise key of the hub, over iss (origin of the hub), feed, type, ' +
      'from, to, page, last, iat, filter (null), changes and, on the last page, setRoot; members that are null here are missing there.',
  })
  jws!: string;
}

/** Why a reader must begin anew. */
export type FeedResetCode = 'AHEAD_OF_FEED' | 'BELOW_HORIZON';

@ObjectType({
  implements: () => [Failure],
  description:
    'The reader cannot be brought up to date from where it says it is: it must begin anew from `horizon`.',
})
export class FeedReset extends Failure {
  readonly __typename = 'FeedReset';

  @Field(() => SafeInt, { description: '`after` with which to begin anew.' })
  horizon!: number;
}

export const FeedDeltaResult = createUnionType({
  name: 'FeedDeltaResult',
  description: 'A page of a delta, or why there is none.',
  types: () => [FeedDeltaPage, FeedReset, NotFound, InvalidCursor] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
