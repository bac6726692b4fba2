import { Field, ID, InputType, Int } from '@nestjs/graphql';
import type { ErasureReason as Reason } from '#libs/protocol';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { ErasureReason } from './erasure.types.js';

@InputType({ description: 'The place of an entry.' })
export class EntryPlaceInput {
  @Field(() => SafeInt, { description: 'Log index of the submission.' })
  index!: number;

  @Field(() => Int, { description: 'Line in the submission, from 0.' })
  line!: number;
}

@InputType({ description: 'What is to be erased, and why. The value itself is not said.' })
export class ErasureRequestInput {
  @Field(() => [EntryPlaceInput], {
    description:
      '1 to 1,000 lines. With a line go all that its author said before about the same signal in the channel.',
  })
  lines!: EntryPlaceInput[];

  @Field(() => ErasureReason, { description: 'The public reason.' })
  reason!: Reason;

  @Field(() => String, {
    description: 'Why, in 1 to 4,000 characters, for staff and auditors. It must not name a value.',
  })
  justification!: string;
}

@InputType({ description: 'Which erasure is confirmed, in which version.' })
export class ErasureConfirmationInput {
  @Field(() => ID, { description: 'Number of the erasure.' })
  erasure!: string;

  @Field(() => String, { description: 'Digest of the version that was shown.' })
  digest!: string;
}
