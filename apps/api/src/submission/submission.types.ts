import { createUnionType, Field, ID, Int, ObjectType, registerEnumType } from '@nestjs/graphql';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** How far a submission has come. */
export const SubmissionState = {
  RECEIVED: 'RECEIVED',
  DECIDED: 'DECIDED',
  SEQUENCED: 'SEQUENCED',
  PUBLISHED: 'PUBLISHED',
} as const;

registerEnumType(SubmissionState, {
  name: 'SubmissionState',
  description: 'How far a submission has come; it only ever goes on.',
  valuesMap: {
    RECEIVED: { description: 'It is stored and promised.' },
    DECIDED: { description: 'Every entry is decided; it waits for its place in the log.' },
    SEQUENCED: { description: 'It has its place in the provenance log.' },
    PUBLISHED: { description: 'A signed checkpoint covers it, and what it changed is in the signed feed.' },
  },
});

/** What the hub decided about an entry. */
export const EntryDecision = { ACCEPTED: 'ACCEPTED', HELD: 'HELD', REJECTED: 'REJECTED' } as const;

registerEnumType(EntryDecision, {
  name: 'EntryDecision',
  description: 'What the hub decided about an entry. Whether a value was known before is never told.',
  valuesMap: {
    ACCEPTED: { description: 'It counts.' },
    HELD: { description: 'It waits for a person; until then it has no effect.' },
    REJECTED: { description: 'It has no effect.' },
  },
});

@ObjectType({ description: 'What became of one entry.' })
export class EntryOutcome {
  @Field(() => Int, { description: 'Line of the entry, from 0.' })
  line!: number;

  @Field(() => EntryDecision, { description: 'What the hub decided.' })
  outcome!: keyof typeof EntryDecision;

  @Field(() => String, {
    nullable: true,
    description: 'Why it was held or rejected, such as `unknown_label`; null when it was accepted.',
  })
  code!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      '`effective`, or why it has no effect at its place in the log, such as `key_not_active`; `erased` once an `erase` statement made it void; null until that is settled.',
  })
  effect!: string | null;
}

@ObjectType({ description: 'An entry and its place in the list.' })
export class EntryOutcomeEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => EntryOutcome, { description: 'What became of the entry.' })
  node!: EntryOutcome;
}

@ObjectType({ description: 'A page of the list of entries.' })
export class EntryOutcomeConnection {
  @Field(() => [EntryOutcomeEdge], { description: 'The entries of the page, by line.' })
  edges!: EntryOutcomeEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'A submission as its author sees it.' })
export class Submission {
  readonly __typename = 'Submission';

  @Field(() => ID, { description: 'The `jti` of its manifest.' })
  jti!: string;

  @Field(() => String, { description: 'The channel it is for.' })
  channel!: string;

  @Field(() => SubmissionState, { description: 'How far it has come.' })
  state!: keyof typeof SubmissionState;

  @Field(() => Int, { description: 'Number of entries.' })
  count!: number;

  @Field(() => String, { description: "SHA-256 of the manifest's payload, 64 lower-case hex digits." })
  digest!: string;

  @Field(() => DateTime, { description: 'When the hub received it.' })
  receivedAt!: Date;

  @Field(() => DateTime, { description: 'By when it will be in the provenance log.' })
  deadline!: Date;

  @Field(() => SafeInt, { description: 'It is the n-th submission of the member, from 1.' })
  counter!: number;

  @Field(() => String, { description: 'The promise that was given with the receipt, a compact JWS.' })
  promise!: string;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Its index in the provenance log; null until it is sequenced.',
  })
  logIndex!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'That it is in the log, a `c2sp.org/tlog-proof@v1` text; null until a signed checkpoint covers it.',
  })
  proof!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Its statement, the exact bytes of the leaf that the proof is about; null until there is one.',
  })
  leaf!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The exact bytes that the leaf commits to as `content`. Only for members who receive the channel: it tells what was known before. ' +
      'Null until the proof is there.',
  })
  content!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The exact bytes that the leaf commits to as `author`; null until the proof is there.',
  })
  author!: string | null;

  @Field(() => Int, { nullable: true, description: 'Entries accepted; null until it is sequenced.' })
  accepted!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entries held; null until it is sequenced.' })
  held!: number | null;

  @Field(() => Int, { nullable: true, description: 'Entries rejected; null until it is sequenced.' })
  rejected!: number | null;

  @Field(() => EntryOutcomeConnection, {
    nullable: true,
    description: 'What became of each entry; null until it is sequenced.',
  })
  entries!: EntryOutcomeConnection | null;
}

export const SubmissionLookup = createUnionType({
  name: 'SubmissionLookup',
  description: 'A submission of the caller, or that it has none of that jti.',
  types: () => [Submission, NotFound] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
