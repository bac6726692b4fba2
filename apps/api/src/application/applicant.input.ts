import { Field, InputType, Int } from '@nestjs/graphql';
import { PrincipleStanding } from './application-enums.types.js';

@InputType({ description: 'Where the applicant stands on one principle.' })
export class PrincipleStandingInput {
  @Field(() => Int, { description: 'The principle, 1 to 11.' })
  principle!: number;

  @Field(() => PrincipleStanding, { description: 'The standing.' })
  standing!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Why it does not apply (required then) or is not there yet.',
  })
  because?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Day by which it is planned, YYYY-MM-DD; required then.',
  })
  plannedBy?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Page that shows it, https; required for what is in place.',
  })
  evidence?: string | null;
}

@InputType({ description: 'A document to add.' })
export class ApplicationDocumentInput {
  @Field(() => String, { description: 'Name of the file, at most 200 characters.' })
  name!: string;

  @Field(() => String, {
    description: '`application/pdf`, `image/png`, `image/jpeg` or `text/plain`; the content must be of it.',
  })
  mediaType!: string;

  @Field(() => String, { description: 'Its bytes in base64 (RFC 4648 §4), at most 7 MiB of them.' })
  content!: string;
}

@InputType({ description: 'That somebody who can bind the organisation accepts the agreement.' })
export class AcceptAgreementInput {
  @Field(() => Int, { description: 'Version.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the text that was read, hex.' })
  digest!: string;

  @Field(() => String, { description: 'Name of the signatory.' })
  name!: string;

  @Field(() => String, { description: 'Title of the signatory.' })
  title!: string;

  @Field(() => String, { description: 'E-mail address of the signatory.' })
  email!: string;
}
