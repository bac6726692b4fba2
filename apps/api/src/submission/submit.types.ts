import { createUnionType, Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Failure } from '../graphql/failure.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@InputType({ description: 'A signed batch of entries.' })
export class SubmitInput {
  @Field(() => String, {
    description:
      'Compact JWS of type `cairn-submission+jws` by an active signing key of the member, over the manifest.',
  })
  manifest!: string;

  @Field(() => String, {
    description: 'The entries as NDJSON: at most 10,000 lines and 4 MiB, every line ended by one LF.',
  })
  entries!: string;
}

@ObjectType({
  description: 'The submission is stored for good. Sending the same again gives the same receipt.',
})
export class SubmissionReceipt {
  readonly __typename = 'SubmissionReceipt';

  @Field(() => ID, { description: 'The `jti` of the manifest.' })
  jti!: string;

  @Field(() => String, { description: "SHA-256 of the manifest's payload, 64 lower-case hex digits." })
  digest!: string;

  @Field(() => DateTime, { description: 'When the hub received it.' })
  receivedAt!: Date;

  @Field(() => DateTime, { description: 'By when it will be in the provenance log.' })
  deadline!: Date;

  @Field(() => SafeInt, {
    description: 'It is the n-th submission of the member, from 1: the order in which they are logged.',
  })
  counter!: number;

  @Field(() => String, {
    description: 'Compact JWS of type `cairn-promise+jws` by the promise key of the hub, over all of this.',
  })
  promise!: string;
}

@ObjectType({
  implements: () => [Failure],
  description: 'The submission breaks a rule. Nothing of it has been stored.',
})
export class SubmissionRefused extends Failure {
  readonly __typename = 'SubmissionRefused';

  @Field(() => String, { description: 'Name of the field at fault, such as `manifest.count` or `value`.' })
  field!: string;

  @Field(() => String, { description: 'The rule it breaks, in words.' })
  rule!: string;

  @Field(() => Int, {
    nullable: true,
    description: 'Line of the entry at fault, from 0; null when it is not one entry.',
  })
  line!: number | null;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When the same would be taken, where time alone is in the way (`PROBATION_LIMIT`).',
  })
  retryAt!: Date | null;
}

export const SubmitResult = createUnionType({
  name: 'SubmitResult',
  description: 'A receipt, or why there is none.',
  types: () => [SubmissionReceipt, SubmissionRefused] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
