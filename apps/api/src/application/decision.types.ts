import { createUnionType, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';

@ObjectType({ description: 'An applicant that became a member; its keys come next.' })
export class ApplicantAdmitted {
  readonly __typename = 'ApplicantAdmitted';

  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, { description: 'Name of the member.' })
  member!: string;
}

@ObjectType({ description: 'The admission policy in force.' })
export class AdmissionPolicy {
  readonly __typename = 'AdmissionPolicy';

  @Field(() => Int, { description: 'Version.' })
  version!: number;

  @Field(() => Int, { description: 'Endorsements by unrelated members that an applicant needs.' })
  endorsements!: number;

  @Field(() => Int, {
    description: 'While there are fewer full members than this, staff may admit without endorsements.',
  })
  foundingMembers!: number;

  @Field(() => Boolean, { description: 'Whether academic bodies can be given rights on channels.' })
  academicRights!: boolean;

  @Field(() => [String], {
    description: 'Channels for which applicants state their standing on the principles.',
  })
  childSafetyChannels!: string[];

  @Field(() => Int, { description: 'Days of the objection window.' })
  objectionDays!: number;

  @Field(() => Int, { description: 'Days of probation.' })
  probationDays!: number;

  @Field(() => Int, { description: 'Entries that a member on probation may submit in 24 hours.' })
  probationEntriesADay!: number;

  @Field(() => Int, { description: 'Days for which a passed conformance run counts.' })
  conformanceDays!: number;

  @Field(() => Int, { description: 'Days between re-attestations.' })
  attestationDays!: number;
}

@ObjectType({ description: 'A version of the agreement that was published.' })
export class AgreementPublished {
  readonly __typename = 'AgreementPublished';

  @Field(() => Int, { description: 'Version.' })
  version!: number;

  @Field(() => String, { description: 'SHA-256 of the text in UTF-8, hex.' })
  digest!: string;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const AdmitApplicantResult = createUnionType({
  name: 'AdmitApplicantResult',
  description: 'The member, or why there is none.',
  types: () => [ApplicantAdmitted, ActRefused] as const,
  resolveType,
});

export const SetAdmissionPolicyResult = createUnionType({
  name: 'SetAdmissionPolicyResult',
  description: 'The policy, or why it was not set.',
  types: () => [AdmissionPolicy, ActRefused] as const,
  resolveType,
});

export const PublishAgreementResult = createUnionType({
  name: 'PublishAgreementResult',
  description: 'The version, or why it was not published.',
  types: () => [AgreementPublished, ActRefused] as const,
  resolveType,
});
