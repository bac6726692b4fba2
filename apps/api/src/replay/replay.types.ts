import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({ description: 'Leave to fetch, for a few minutes, what stands behind the provenance log.' })
export class ReplayTicket {
  readonly __typename = 'ReplayTicket';

  @Field(() => String, {
    description:
      'What to put before `/evidence/<from>-<to>` and, for auditors, before `/feed/<channel>/…` and `/state/<index>/…`: `/replay/<ticket>`.',
  })
  prefix!: string;

  @Field(() => DateTime, { description: 'From when on it opens nothing.' })
  expiresAt!: Date;
}

export const ReplayTicketResult = createUnionType({
  name: 'ReplayTicketResult',
  description: 'The ticket, or that reading cannot be recorded.',
  types: () => [ReplayTicket, ActRefused] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});

@ObjectType({ description: 'That an auditor was shown lines and authors of a part of the log.' })
export class EvidenceRead {
  @Field(() => SafeInt, { description: 'Number of the row; they only grow.' })
  number!: number;

  @Field(() => ID, { description: 'Who read it.' })
  person!: string;

  @Field(() => SafeInt, { description: 'First log index of the part.' })
  from!: number;

  @Field(() => SafeInt, { description: 'Log index behind the last of the part.' })
  end!: number;

  @Field(() => String, { description: 'Why, in the words of the person.' })
  purpose!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'A read of evidence and its place in the list.' })
export class EvidenceReadEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => EvidenceRead, { description: 'The read.' })
  node!: EvidenceRead;
}

@ObjectType({ description: 'A page of the reads of evidence.' })
export class EvidenceReadConnection {
  @Field(() => [EvidenceReadEdge], { description: 'The reads of the page, the latest first.' })
  edges!: EvidenceReadEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

@ObjectType({
  description: 'All that follows from the provenance log up to a size, as a `state` statement commits to it.',
})
export class StatedLog {
  @Field(() => SafeInt, { description: 'Log index of the statement.' })
  index!: number;

  @Field(() => SafeInt, { description: 'Statements that it follows from.' })
  size!: number;

  @Field(() => String, { description: 'Root over its leaves, hex.' })
  root!: string;

  @Field(() => Boolean, { description: 'Whether auditors can still fetch its leaves.' })
  kept!: boolean;
}
