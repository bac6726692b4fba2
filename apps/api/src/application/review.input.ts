import { Field, ID, InputType, Int } from '@nestjs/graphql';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import {
  CheckOutcome,
  DecisionDirection,
  ObjectionOutcome,
  PrincipleFinding,
} from './application-enums.types.js';
import { ChannelRights } from './application-profile.types.js';

@InputType({ description: 'An act on an application.' })
export class ApplicationActInput {
  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, { nullable: true, description: 'A remark, at most 4000 characters; kept for good.' })
  note?: string | null;
}

@InputType({ description: 'A move of an application for a reason.' })
export class ReasonedActInput extends ApplicationActInput {
  @Field(() => String, { description: 'Code of the reason.' })
  reason!: string;
}

@InputType({ description: 'The end of a membership.' })
export class ExpulsionInput extends ReasonedActInput {
  @Field(() => SafeInt, {
    nullable: true,
    description:
      'First log index from which on everything the member said is void; null leaves its submissions as they are.',
  })
  recallFrom?: number | null;
}

@InputType({ description: 'A request to the applicant.' })
export class InformationRequestInput {
  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, { description: 'Code of what is missing.' })
  reason!: string;

  @Field(() => String, { description: 'What the applicant is to say or do, at most 4000 characters.' })
  note!: string;
}

@InputType({ description: 'How a check came out.' })
export class ApplicationCheckInput extends ApplicationActInput {
  @Field(() => String, { description: 'Code of the check in the checklist of the application.' })
  code!: string;

  @Field(() => CheckOutcome, { description: 'How it came out.' })
  outcome!: 'pass' | 'fail' | 'not_applicable';

  @Field(() => String, { nullable: true, description: 'What it rests on, at most 2000 characters.' })
  evidence?: string | null;
}

@InputType({ description: 'What was found about what the applicant said of a principle.' })
export class PrincipleFindingInput extends ApplicationActInput {
  @Field(() => Int, { description: 'The principle, 1 to 11.' })
  principle!: number;

  @Field(() => SafeInt, { description: 'Number of what the applicant said.' })
  statement!: number;

  @Field(() => PrincipleFinding, { description: 'What was found.' })
  finding!: 'confirmed' | 'partly' | 'not_confirmed';
}

@InputType({ description: 'Under whose control the applicant is.' })
export class ControlGroupInput extends ApplicationActInput {
  @Field(() => String, { description: 'Name of the control group.' })
  group!: string;
}

@InputType({ description: 'An objection.' })
export class ObjectionInput {
  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, {
    description:
      '`identity`, `control`, `government_link`, `conduct`, `capability`, `conflict_of_interest` or `other`.',
  })
  code!: string;

  @Field(() => String, { description: 'The objection in words, at most 4000 characters.' })
  note!: string;
}

@InputType({ description: 'An answer to an objection.' })
export class ObjectionAnswerInput {
  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => SafeInt, { description: 'Number of the objection.' })
  objection!: number;

  @Field(() => ObjectionOutcome, { description: 'What becomes of it.' })
  outcome!: 'upheld' | 'dismissed';

  @Field(() => String, { description: 'The answer in words, at most 4000 characters.' })
  answer!: string;
}

@InputType({ description: 'A recommendation about the version of that digest.' })
export class RecommendationInput extends ApplicationActInput {
  @Field(() => String, { description: 'Digest of the version that was shown.' })
  digest!: string;

  @Field(() => DecisionDirection, { description: 'What is recommended.' })
  direction!: 'admit' | 'reject';

  @Field(() => [String], {
    nullable: true,
    description: 'Codes of the reasons; for a rejection, and only then.',
  })
  reasons?: string[] | null;

  @Field(() => [ChannelRights], {
    nullable: true,
    description: 'Rights of the member; only for an admission.',
  })
  rights?: ChannelRights[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Whether it is to be an accredited hotline.' })
  accredited?: boolean | null;
}

@InputType({ description: 'A decision about the version of that digest.' })
export class DecisionInput extends ApplicationActInput {
  @Field(() => String, { description: 'Digest of the version that was shown, the recommendation in it.' })
  digest!: string;

  @Field(() => DecisionDirection, { description: 'What was recommended, said again.' })
  direction!: 'admit' | 'reject';
}

@InputType({ description: 'How the alliance admits.' })
export class AdmissionPolicyInput {
  @Field(() => Int, { description: 'Endorsements by unrelated members that an applicant needs, 2 to 20.' })
  endorsements!: number;

  @Field(() => Int, {
    description:
      'While there are fewer full members than this, staff may admit without endorsements: 0 to 5.',
  })
  foundingMembers!: number;

  @Field(() => Boolean, { description: 'Whether academic bodies can be given rights on channels.' })
  academicRights!: boolean;

  @Field(() => [String], {
    description: 'Channels for which applicants state their standing on the principles.',
  })
  childSafetyChannels!: string[];

  @Field(() => Int, { description: 'Days of the objection window, 1 to 90.' })
  objectionDays!: number;

  @Field(() => Int, { description: 'Days of probation, 1 to 730.' })
  probationDays!: number;

  @Field(() => Int, {
    description:
      'Entries that a member on probation may submit in 24 hours, the sandbox apart: 1 to 10,000,000.',
  })
  probationEntriesADay!: number;

  @Field(() => Int, { description: 'Days for which a passed conformance run counts, 1 to 730.' })
  conformanceDays!: number;

  @Field(() => Int, { description: 'Days between re-attestations, 30 to 366.' })
  attestationDays!: number;
}

@InputType({ description: 'The next version of the agreement.' })
export class AgreementInput {
  @Field(() => String, { description: 'Title, at most 200 characters.' })
  title!: string;

  @Field(() => String, { description: 'The text, at most 500,000 characters.' })
  text!: string;

  @Field(() => String, {
    description: 'Deadline of members who accepted an earlier version, RFC 3339 in UTC.',
  })
  acceptBy!: string;
}
