import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { NotFound } from '../graphql/failure.types.js';
import { PageInfo } from '../graphql/page.types.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { MemberKind } from '../member/me.types.js';
import { ApplicationState } from './application-enums.types.js';

@ObjectType({ description: 'An applicant as members see it: what they need to endorse or to object.' })
export class Applicant {
  readonly __typename = 'Applicant';

  @Field(() => ID, { description: 'Id of the application.' })
  id!: string;

  @Field(() => String, { description: 'Legal name.' })
  legalName!: string;

  @Field(() => String, { description: 'SHA-256 of the legal name in UTF-8, hex: what an endorsement names.' })
  legalNameDigest!: string;

  @Field(() => MemberKind, { description: 'Kind of organisation.' })
  kind!: string;

  @Field(() => ApplicationState, { description: 'Where the application stands.' })
  state!: string;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Number of the endorsement of the own member that stands; null without one.',
  })
  ownEndorsement!: number | null;
}

@ObjectType({ description: 'An applicant and its place in the list.' })
export class ApplicantEdge {
  @Field(() => String, { description: 'Cursor of this place.' })
  cursor!: string;

  @Field(() => Applicant, { description: 'The applicant.' })
  node!: Applicant;
}

@ObjectType({ description: 'A page of the list of applicants.' })
export class ApplicantConnection {
  @Field(() => [ApplicantEdge], { description: 'Applicants in the order of their ids.' })
  edges!: ApplicantEdge[];

  @Field(() => PageInfo, { description: 'Where the page ends.' })
  pageInfo!: PageInfo;
}

export const ApplicantLookup = createUnionType({
  name: 'ApplicantLookup',
  description: 'An applicant, or that there is none of that id to endorse or object to.',
  types: () => [Applicant, NotFound] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
