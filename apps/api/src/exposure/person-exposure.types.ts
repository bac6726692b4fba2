import { createUnionType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** Spelled as GraphQL does. */
export enum PersonExposureKind {
  AUTHORSHIP = 'AUTHORSHIP',
  EVIDENCE = 'EVIDENCE',
  REPLAY = 'REPLAY',
}
registerEnumType(PersonExposureKind, {
  name: 'PersonExposureKind',
  description: 'How a person of the staff came by a value.',
  valuesMap: {
    AUTHORSHIP: { description: 'It was shown the author of an anonymous entry about it: `authorshipReads`.' },
    EVIDENCE: {
      description:
        'It was shown lines and authors of a part of the log, or a part of a state, with an entry about it: `evidenceReads`. Which part of a state is not recorded.',
    },
    REPLAY: {
      description:
        'It asked for a ticket to replay the log, which opens every feed: which packs it fetched is not recorded.',
    },
  },
});

@ObjectType({ description: 'That a person was shown entries about a value, or could have fetched it.' })
export class PersonExposure {
  @Field(() => PersonExposureKind, { description: 'How.' })
  kind!: PersonExposureKind;

  @Field(() => SafeInt, {
    description: 'Number of the row in the list that the kind names; of replays, of the request.',
  })
  number!: number;

  @Field(() => ID, { description: 'Who.' })
  person!: string;

  @Field(() => SafeInt, { nullable: true, description: 'First log index that was shown; null of replays.' })
  from!: number | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Log index behind the last that was shown; null of replays.',
  })
  end!: number | null;

  @Field(() => String, { description: 'Why, in the words of the person.' })
  purpose!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;

  @Field(() => DateTime, {
    nullable: true,
    description: 'End of the ticket of a replay; null of the others.',
  })
  until!: Date | null;
}

@ObjectType({ description: 'An exposure of a person and its place in the list.' })
export class PersonExposureEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => PersonExposure, { description: 'The exposure.' })
  node!: PersonExposure;
}

@ObjectType({ description: 'A page of the persons who could have received a value, the latest first.' })
export class PersonExposures {
  readonly __typename = 'PersonExposures';

  @Field(() => [PersonExposureEdge], { description: 'The exposures of the page.' })
  edges!: PersonExposureEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

export const PersonExposureLookup = createUnionType({
  name: 'PersonExposureLookup',
  description: 'Which persons could have received a value, or that the channel never had an entry about it.',
  types: () => [PersonExposures, NotFound] as const,
});
