import { createUnionType, Field, ID, ObjectType, registerEnumType } from '@nestjs/graphql';
import type { ErasureReason as Reason } from '#libs/protocol';
import { ActRefused } from '../graphql/act-refused.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { EntryPlace } from '../provenance/provenance.types.js';

/** Reasons of erasures, by their names in the statement. */
export const ErasureReason = {
  DATA_SUBJECT: 'data_subject',
  COURT_ORDER: 'court_order',
  LEGAL: 'legal',
  MISTAKE: 'mistake',
} as const satisfies Record<string, Reason>;

registerEnumType(ErasureReason, {
  name: 'ErasureReason',
  description: 'Why lines are erased, as the public statement says it.',
  valuesMap: {
    DATA_SUBJECT: { description: 'Somebody whom the data is about asks for it.' },
    COURT_ORDER: { description: 'A court orders it.' },
    LEGAL: { description: 'Another duty under law.' },
    MISTAKE: { description: 'It should never have been sent.' },
  },
});

@ObjectType({ description: 'An erasure of lines: asked for by one person, confirmed by another.' })
export class Erasure {
  readonly __typename = 'Erasure';

  @Field(() => ID, { description: 'Number of the erasure.' })
  id!: string;

  @Field(() => ErasureReason, { description: 'The public reason.' })
  reason!: Reason;

  @Field(() => String, { description: 'Why, in words that only staff and auditors read.' })
  justification!: string;

  @Field(() => [EntryPlace], { description: 'The lines, by log index and line.' })
  lines!: EntryPlace[];

  @Field(() => ID, { description: 'Who asked for it.' })
  requestedBy!: string;

  @Field(() => DateTime, { description: 'When.' })
  requestedAt!: Date;

  @Field(() => String, {
    description: 'What is confirmed, as canonical JSON (RFC 8785): whoever confirms can compute the digest.',
  })
  document!: string;

  @Field(() => String, { description: 'SHA-256 of the document, hex: to be named by who confirms it.' })
  digest!: string;

  @Field(() => ID, { nullable: true, description: 'Who confirmed it.' })
  confirmedBy!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was confirmed.' })
  confirmedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was taken back.' })
  withdrawnAt!: Date | null;

  @Field(() => SafeInt, { nullable: true, description: 'Log index of the `erase` statement.' })
  index!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When the bytes were deleted.' })
  purgedAt!: Date | null;

  @Field(() => SafeInt, {
    nullable: true,
    description:
      'Of how many of its lines the value is still there after that, since another line, later or in another channel, names it.',
  })
  valuesLeft!: number | null;
}

@ObjectType({ description: 'An erasure and its place in the list.' })
export class ErasureEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => Erasure, { description: 'The erasure.' })
  node!: Erasure;
}

@ObjectType({ description: 'A page of the erasures.' })
export class ErasureConnection {
  @Field(() => [ErasureEdge], { description: 'The erasures of the page, the latest first.' })
  edges!: ErasureEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const ErasureLookup = createUnionType({
  name: 'ErasureLookup',
  description: 'The erasure, or that there is none of that number.',
  types: () => [Erasure, NotFound] as const,
  resolveType,
});

export const ErasureActResult = createUnionType({
  name: 'ErasureActResult',
  description: 'The erasure after the act, or why the act was refused.',
  types: () => [Erasure, ActRefused] as const,
  resolveType,
});
