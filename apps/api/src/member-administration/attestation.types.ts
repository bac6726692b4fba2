import { createUnionType, Field, ID, InputType, ObjectType, registerEnumType } from '@nestjs/graphql';
import { ApplicationState } from '../application/application-enums.types.js';
import { NotFound } from '../graphql/failure.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

/** What staff make of an attestation, by its names in the database. */
export const AttestationOutcome = { ACCEPTED: 'accepted', INCOMPLETE: 'incomplete' } as const;

registerEnumType(AttestationOutcome, {
  name: 'AttestationOutcome',
  description: 'What staff make of an attestation.',
  valuesMap: {
    ACCEPTED: { description: 'The member is active for another year.' },
    INCOMPLETE: { description: 'The member is to file another.' },
  },
});

@ObjectType({ description: 'An attestation that a member filed.' })
export class FiledAttestation {
  @Field(() => SafeInt, { description: 'Number by which it is reviewed.' })
  number!: number;

  @Field(() => String, { description: 'Its answers as JSON: by topic, whether something changed, and what.' })
  answers!: string;

  @Field(() => String, { description: 'Name of the signatory.' })
  signatory!: string;

  @Field(() => DateTime, { description: 'When it was filed.' })
  at!: Date;

  @Field(() => AttestationOutcome, { nullable: true, description: 'What staff made of it; null before.' })
  outcome!: string | null;

  @Field(() => String, { nullable: true, description: 'What staff say about it.' })
  note!: string | null;
}

@ObjectType({ description: 'Where a member stands with its yearly attestation.' })
export class Attestation {
  readonly __typename = 'Attestation';

  @Field(() => ID, { description: 'Id of the application of the member.' })
  application!: string;

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => ApplicationState, { description: 'Where it stands; it files while `RE_ATTESTATION_DUE`.' })
  state!: string;

  @Field(() => DateTime, { nullable: true, description: 'When the next one falls due.' })
  attestBy!: Date | null;

  @Field(() => Boolean, {
    description:
      'Whether it has accepted the agreement in its current version; it attests anew if not by the deadline.',
  })
  agreementAccepted!: boolean;

  @Field(() => [String], { description: 'Topics that are asked about, each once.' })
  topics!: readonly string[];

  @Field(() => [FiledAttestation], { description: 'Attestations that were filed, the latest first.' })
  filed!: FiledAttestation[];
}

@InputType({ description: 'An answer to a topic.' })
export class AttestationAnswerInput {
  @Field(() => String, { description: 'The topic.' })
  topic!: string;

  @Field(() => Boolean, { description: 'Whether something changed since the last time.' })
  changed!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'What, in at most 4000 characters; if and only if so.',
  })
  what?: string | null;
}

@InputType({ description: 'An attestation by somebody who can bind the member.' })
export class AttestationInput {
  @Field(() => [AttestationAnswerInput], { description: 'An answer to each topic.' })
  answers!: AttestationAnswerInput[];

  @Field(() => String, { description: 'Name of the signatory.' })
  name!: string;

  @Field(() => String, { description: 'Title of the signatory.' })
  title!: string;

  @Field(() => String, { description: 'E-mail address of the signatory.' })
  email!: string;
}

@InputType({ description: 'A review of an attestation.' })
export class AttestationReviewInput {
  @Field(() => ID, { description: 'Id of the application of the member.' })
  application!: string;

  @Field(() => SafeInt, { description: 'Number of the attestation.' })
  attestation!: number;

  @Field(() => AttestationOutcome, { description: 'What becomes of it.' })
  outcome!: 'accepted' | 'incomplete';

  @Field(() => String, { nullable: true, description: 'Words for the member, at most 4000 characters.' })
  note?: string | null;
}

export const AttestationLookup = createUnionType({
  name: 'AttestationLookup',
  description:
    'Where a member stands with its attestation, or that there is none of that name for the caller.',
  types: () => [Attestation, NotFound] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
