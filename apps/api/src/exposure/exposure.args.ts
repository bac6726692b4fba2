import { ArgsType, Field, Int } from '@nestjs/graphql';

/** Of which signal in which channel it is asked who could have received it. */
@ArgsType()
export class ExposureArgs {
  @Field(() => String, { description: 'Signal type, such as `sha256`.' })
  type!: string;

  @Field(() => String, { description: 'Canonical value of the signal.' })
  value!: string;

  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => Int, { description: 'How many at most, 1 to 1000.' })
  first!: number;

  @Field(() => String, { nullable: true, description: 'Cursor of the last one seen.' })
  after?: string | null;
}
