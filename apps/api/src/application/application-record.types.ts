import { createUnionType, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { DateTime } from '../graphql/scalars/date-time.scalar.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { MemberKind } from '../member/me.types.js';
import { ApplicationState } from './application-enums.types.js';
import {
  ApplicationCheck,
  ApplicationChecklistItem,
  ApplicationDocumentInfo,
  PrincipleStatement,
} from './application-parts.types.js';
import { ApplicationProfile } from './application-profile.types.js';
import {
  AgreementAcceptance,
  ApplicationEndorsement,
  ApplicationMove,
  ApplicationObjection,
  ApplicationPrincipleFinding,
  ApplicationRecommendation,
} from './application-acts.types.js';

@ObjectType({ description: 'An application as staff see it: everything that counts, at one moment.' })
export class ApplicationRecord {
  readonly __typename = 'ApplicationRecord';

  @Field(() => ID, { description: 'Id of the application.' })
  id!: string;

  @Field(() => ApplicationState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => SafeInt, { description: 'Number of the latest act.' })
  revision!: number;

  @Field(() => String, { nullable: true, description: 'Name of the member, once there is one.' })
  member!: string | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Milliseconds of the objection window that are left; null when none is open.',
  })
  windowLeft!: number | null;

  @Field(() => Boolean, {
    description: 'Whether the caller administers this organisation, and so may not act on it.',
  })
  conflict!: boolean;

  @Field(() => Int, { description: 'Version of the admission policy in force.' })
  policyVersion!: number;

  @Field(() => ApplicationProfile, { nullable: true, description: 'What the applicant says of itself now.' })
  profile!: ApplicationProfile | null;

  @Field(() => String, { nullable: true, description: 'Under whose control it is.' })
  controlGroup!: string | null;

  @Field(() => [PrincipleStatement], { description: 'What the applicant said about principles, in order.' })
  principles!: PrincipleStatement[];

  @Field(() => [ApplicationPrincipleFinding], { description: 'What staff found about that, in order.' })
  findings!: ApplicationPrincipleFinding[];

  @Field(() => [ApplicationDocumentInfo], { description: 'Documents that are with it.' })
  documents!: ApplicationDocumentInfo[];

  @Field(() => [ApplicationChecklistItem], { description: 'What is asked of this applicant, by code.' })
  checklist!: ApplicationChecklistItem[];

  @Field(() => [ApplicationCheck], { description: 'Checks that were made, in order; the latest counts.' })
  checks!: ApplicationCheck[];

  @Field(() => Boolean, { description: 'Whether the agreement is accepted in its present version.' })
  agreementAccepted!: boolean;

  @Field(() => [AgreementAcceptance], { description: 'Versions that were accepted, and by whom.' })
  acceptances!: AgreementAcceptance[];

  @Field(() => [ApplicationEndorsement], { description: 'Endorsements, in order.' })
  endorsements!: ApplicationEndorsement[];

  @Field(() => Boolean, { description: 'Whether the founding policy stands in for endorsements now.' })
  founding!: boolean;

  @Field(() => [ApplicationObjection], { description: 'Objections, in order.' })
  objections!: ApplicationObjection[];

  @Field(() => [ApplicationMove], { description: 'The moves it made.' })
  moves!: ApplicationMove[];

  @Field(() => [ApplicationRecommendation], { description: 'Recommendations, in order.' })
  recommendations!: ApplicationRecommendation[];
}

@ObjectType({
  description: 'The version of an application that a recommendation or decision made now is about.',
})
export class ApplicationForDecision {
  readonly __typename = 'ApplicationForDecision';

  @Field(() => String, { description: 'SHA-256 of `document` in UTF-8, hex: what is named to decide.' })
  digest!: string;

  @Field(() => String, { description: 'Everything that counts, as canonical JSON (RFC 8785).' })
  document!: string;

  @Field(() => ApplicationRecord, { description: 'The same, field by field.' })
  application!: ApplicationRecord;
}

@ObjectType({ description: 'An application in a list.' })
export class ApplicationSummary {
  @Field(() => ID, { description: 'Id of the application.' })
  id!: string;

  @Field(() => ApplicationState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => String, { nullable: true, description: 'Legal name.' })
  legalName!: string | null;

  @Field(() => MemberKind, { nullable: true, description: 'Kind of organisation.' })
  kind!: string | null;

  @Field(() => String, { nullable: true, description: 'Name of the member, once there is one.' })
  member!: string | null;

  @Field(() => DateTime, { description: 'When it was begun.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When it came to where it stands.' })
  since!: Date;

  @Field(() => Int, { description: 'Objections that are not answered.' })
  openObjections!: number;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Milliseconds of the objection window that are left; null when none is open.',
  })
  windowLeft!: number | null;

  @Field(() => DateTime, { nullable: true, description: 'When the next re-attestation is due.' })
  attestBy!: Date | null;
}

@ObjectType({ description: 'An application and its place in the list.' })
export class ApplicationEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => ApplicationSummary, { description: 'The application.' })
  node!: ApplicationSummary;
}

@ObjectType({ description: 'A page of the list of applications.' })
export class ApplicationConnection {
  @Field(() => [ApplicationEdge], { description: 'The one that has waited longest first.' })
  edges!: ApplicationEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

@ObjectType({ description: 'A document of an application with its bytes.' })
export class ApplicationDocumentContent {
  readonly __typename = 'ApplicationDocumentContent';

  @Field(() => String, { description: 'SHA-256 of its bytes, hex.' })
  digest!: string;

  @Field(() => String, { description: 'Media type.' })
  mediaType!: string;

  @Field(() => String, { description: 'Name of the file, as the applicant gave it.' })
  name!: string;

  @Field(() => String, { description: 'Its bytes in base64 (RFC 4648 §4).' })
  content!: string;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const ApplicationLookup = createUnionType({
  name: 'ApplicationLookup',
  description: 'An application, or that there is none of that id.',
  types: () => [ApplicationRecord, NotFound] as const,
  resolveType,
});

export const ApplicationForDecisionLookup = createUnionType({
  name: 'ApplicationForDecisionLookup',
  description: 'A version to decide about, or that there is no application of that id.',
  types: () => [ApplicationForDecision, NotFound] as const,
  resolveType,
});

export const ApplicationDocumentLookup = createUnionType({
  name: 'ApplicationDocumentLookup',
  description: 'A document, or that there is none of that digest with that application.',
  types: () => [ApplicationDocumentContent, NotFound] as const,
  resolveType,
});
