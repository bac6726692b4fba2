import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { ApplicationState, CheckOutcome, PrincipleStanding } from './application-enums.types.js';

@ObjectType({ description: 'Where the applicant says it stands on one principle.' })
export class PrincipleStatement {
  @Field(() => SafeInt, { description: 'Number of the act; the greatest of a principle counts.' })
  number!: number;

  @Field(() => Int, { description: 'The principle, 1 to 11.' })
  principle!: number;

  @Field(() => PrincipleStanding, { description: 'The standing.' })
  standing!: string;

  @Field(() => String, { nullable: true, description: 'Why it does not apply, or is not there yet.' })
  because!: string | null;

  @Field(() => String, { nullable: true, description: 'Day by which it is planned, YYYY-MM-DD.' })
  plannedBy!: string | null;

  @Field(() => String, { nullable: true, description: 'Page that shows it.' })
  evidence!: string | null;

  @Field(() => DateTime, { description: 'When it was said.' })
  at!: Date;
}

@ObjectType({ description: 'A document that is with an application.' })
export class ApplicationDocumentInfo {
  @Field(() => SafeInt, { description: 'Number of the act.' })
  number!: number;

  @Field(() => String, { description: 'SHA-256 of its bytes, hex.' })
  digest!: string;

  @Field(() => String, { description: 'Media type.' })
  mediaType!: string;

  @Field(() => String, { description: 'Name of the file.' })
  name!: string;

  @Field(() => DateTime, { description: 'When it was added.' })
  at!: Date;
}

@ObjectType({ description: 'A check that the checklist of an application asks for.' })
export class ApplicationChecklistItem {
  @Field(() => String, { description: 'Code of the check.' })
  code!: string;

  @Field(() => String, { description: '`staff` or `machine`; staff can do what a machine does.' })
  performer!: string;

  @Field(() => String, { description: 'What proves it, in words.' })
  evidence!: string;

  @Field(() => Boolean, { description: 'Whether it must pass before admission is recommended.' })
  required!: boolean;

  @Field(() => Boolean, { description: 'Whether staff may find that it does not apply.' })
  mayNotApply!: boolean;

  @Field(() => Boolean, {
    description: 'Whether it is required and has not passed for what the applicant says now.',
  })
  missing!: boolean;
}

@ObjectType({ description: 'A move of an application as the applicant sees it.' })
export class ApplicationStep {
  @Field(() => ApplicationState, { description: 'Where it stood.' })
  from!: string;

  @Field(() => ApplicationState, { description: 'Where it went.' })
  to!: string;

  @Field(() => String, { nullable: true, description: 'Code of the reason.' })
  reason!: string | null;

  @Field(() => String, { nullable: true, description: 'Words for the applicant.' })
  note!: string | null;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}

@ObjectType({ description: 'A version of the agreement of the alliance.' })
export class Agreement {
  @Field(() => Int, { description: 'Version.' })
  version!: number;

  @Field(() => String, { description: 'Title.' })
  title!: string;

  @Field(() => String, { description: 'The text.' })
  text!: string;

  @Field(() => String, { description: 'SHA-256 of the text in UTF-8, hex.' })
  digest!: string;

  @Field(() => DateTime, { description: 'Deadline of members who accepted an earlier version.' })
  acceptBy!: Date;
}

@ObjectType({ description: 'A check that was made.' })
export class ApplicationCheck {
  @Field(() => SafeInt, { description: 'Number of the act.' })
  number!: number;

  @Field(() => String, { description: 'Code of the check.' })
  code!: string;

  @Field(() => CheckOutcome, { description: 'How it came out.' })
  outcome!: string;

  @Field(() => String, { nullable: true, description: 'What it rests on.' })
  evidence!: string | null;

  @Field(() => String, { nullable: true, description: 'A remark.' })
  note!: string | null;

  @Field(() => ID, { nullable: true, description: 'Person who made it; null for a machine.' })
  person!: string | null;

  @Field(() => DateTime, { description: 'When.' })
  at!: Date;
}
