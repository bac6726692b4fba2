import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import {
  ApplicationState,
  DecisionDirection,
  ObjectionOutcome,
  PrincipleFinding,
} from './application-enums.types.js';
import { ChannelRights } from './application-profile.types.js';

@ObjectType({ description: 'What staff found about what the applicant said of a principle.' })
export class ApplicationPrincipleFinding {
  @Field(() => Int, { description: 'The principle, 1 to 11.' })
  principle!: number;

  @Field(() => SafeInt, { description: 'Number of what the applicant said.' })
  statement!: number;

  @Field(() => PrincipleFinding, { description: 'What was found.' })
  finding!: string;

  @Field(() => String, { nullable: true, description: 'A remark.' })
  note!: string | null;

  @Field(() => ID, { description: 'Person who found it.' })
  person!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'That a version of the agreement was accepted.' })
export class AgreementAcceptance {
  @Field(() => Int, { description: 'Version.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of its text, hex.' })
  digest!: string;

  @Field(() => String, { description: 'Name of the signatory.' })
  name!: string;

  @Field(() => String, { description: 'Title of the signatory.' })
  title!: string;

  @Field(() => String, { description: 'E-mail address of the signatory.' })
  email!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'An endorsement by a member.' })
export class ApplicationEndorsement {
  @Field(() => SafeInt, { description: 'Number of the act.' })
  number!: number;

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;

  @Field(() => String, { description: 'What ties it to the applicant: `none`, or it does not count.' })
  relationship!: string;

  @Field(() => String, { nullable: true, description: 'Words of the member.' })
  note!: string | null;

  @Field(() => Boolean, { description: 'Whether the member took it back.' })
  withdrawn!: boolean;

  @Field(() => Boolean, { description: 'Whether it counts now.' })
  counts!: boolean;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'What staff answered to an objection.' })
export class ObjectionAnswer {
  @Field(() => ObjectionOutcome, { description: 'What became of it.' })
  outcome!: string;

  @Field(() => String, { description: 'The answer in words.' })
  answer!: string;

  @Field(() => ID, { description: 'Person who answered.' })
  person!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'An objection to an applicant.' })
export class ApplicationObjection {
  @Field(() => SafeInt, { description: 'Number of the act.' })
  number!: number;

  @Field(() => String, { nullable: true, description: 'Name of the member that objects, if one does.' })
  member!: string | null;

  @Field(() => ID, { nullable: true, description: 'Person of the staff who objects, if one does.' })
  person!: string | null;

  @Field(() => String, { description: 'Code of what it is about.' })
  code!: string;

  @Field(() => String, { description: 'The objection in words.' })
  note!: string;

  @Field(() => ObjectionAnswer, { nullable: true, description: 'The answer; null while it is open.' })
  answer!: ObjectionAnswer | null;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'A move of an application.' })
export class ApplicationMove {
  @Field(() => ApplicationState, { description: 'Where it stood.' })
  from!: string;

  @Field(() => ApplicationState, { description: 'Where it went.' })
  to!: string;

  @Field(() => ID, { nullable: true, description: 'Person who made it; null for applicant and hub.' })
  person!: string | null;

  @Field(() => String, { nullable: true, description: 'Code of the reason.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Words for staff and applicant.' })
  note!: string | null;

  @Field(() => String, { nullable: true, description: 'SHA-256 of the report it rests on, hex.' })
  evidence!: string | null;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'A recommendation of one person, for another to decide as it says.' })
export class ApplicationRecommendation {
  @Field(() => SafeInt, { description: 'Number of the act.' })
  number!: number;

  @Field(() => ID, { description: 'Person who recommends.' })
  person!: string;

  @Field(() => DecisionDirection, { description: 'What is recommended.' })
  direction!: string;

  @Field(() => [String], { description: 'Codes of the reasons of a rejection.' })
  reasons!: string[];

  @Field(() => [ChannelRights], { description: 'Rights that the member is to have.' })
  rights!: ChannelRights[];

  @Field(() => Boolean, { description: 'Whether it is to be an accredited hotline.' })
  accredited!: boolean;

  @Field(() => String, { description: 'SHA-256 of the version that was shown, hex.' })
  digest!: string;

  @Field(() => String, { nullable: true, description: 'A remark.' })
  note!: string | null;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}
