import { Field, InputType } from '@nestjs/graphql';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@InputType({ description: 'What a member may do in a channel from now on.' })
export class MemberRightInput {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => String, { description: 'Name of the channel.' })
  channel!: string;

  @Field(() => Boolean, { description: 'Whether it may submit.' })
  submit!: boolean;

  @Field(() => Boolean, { description: 'Whether it may receive the feed.' })
  receive!: boolean;

  @Field(() => String, { description: 'Why, in at most 4000 characters; kept for good.' })
  note!: string;
}

@InputType({ description: 'An act on a member.' })
export class MemberActInput {
  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => String, { description: 'Why, in at most 4000 characters; kept for good.' })
  reason!: string;
}

@InputType({ description: 'A waiver of conformance.' })
export class ConformanceWaiverInput extends MemberActInput {
  @Field(() => String, { nullable: true, description: 'Name of the channel; null for every one.' })
  channel?: string | null;

  @Field(() => String, { description: 'Until when, RFC 3339 in UTC; at most 90 days ahead.' })
  until!: string;
}

@InputType({ description: 'The accreditation of a hotline.' })
export class AccreditationInput extends MemberActInput {
  @Field(() => Boolean, { description: 'Whether it is given or taken.' })
  accredited!: boolean;
}

@InputType({ description: 'The control group of a member.' })
export class MemberControlGroupInput extends MemberActInput {
  @Field(() => String, { description: 'Name of the control group.' })
  group!: string;
}

@InputType({ description: 'A recall of what a member said.' })
export class RecallInput extends MemberActInput {
  @Field(() => SafeInt, { description: 'First log index from which on everything it said is void.' })
  from!: number;
}
