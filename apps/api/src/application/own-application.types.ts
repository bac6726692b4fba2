import { createUnionType, Field, ID, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { ApplicationState } from './application-enums.types.js';
import {
  ApplicationChecklistItem,
  ApplicationDocumentInfo,
  ApplicationStep,
  PrincipleStatement,
} from './application-parts.types.js';
import { ApplicationProfile } from './application-profile.types.js';

@ObjectType({ description: 'An application as the applicant itself sees it.' })
export class OwnApplication {
  @Field(() => ID, { description: 'Id of the application, which members name to endorse it.' })
  id!: string;

  @Field(() => ApplicationState, { description: 'Where it stands.' })
  state!: string;

  @Field(() => String, { nullable: true, description: 'Name of the member, once there is one.' })
  member!: string | null;

  @Field(() => ApplicationProfile, { nullable: true, description: 'What the applicant said of itself.' })
  profile!: ApplicationProfile | null;

  @Field(() => [PrincipleStatement], { description: 'What it said about principles, in order.' })
  principles!: PrincipleStatement[];

  @Field(() => [ApplicationDocumentInfo], { description: 'Documents that are with it.' })
  documents!: ApplicationDocumentInfo[];

  @Field(() => [ApplicationChecklistItem], {
    description: 'What is asked of this applicant, by code.',
  })
  checklist!: ApplicationChecklistItem[];

  @Field(() => Boolean, { description: 'Whether the agreement is accepted in its present version.' })
  agreementAccepted!: boolean;

  @Field(() => [ApplicationStep], { description: 'The moves it made.' })
  moves!: ApplicationStep[];
}

@ObjectType({ description: 'An application that was begun. Whoever shows the secret is the applicant.' })
export class ApplicationBegun {
  readonly __typename = 'ApplicationBegun';

  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, {
    description: 'For `Authorization: Application …`; it is never shown again, and cannot be replaced.',
  })
  secret!: string;
}

@ObjectType({ description: 'An act on an application that was done.' })
export class ApplicationActed {
  readonly __typename = 'ApplicationActed';

  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => ApplicationState, {
    nullable: true,
    description: 'Where it stands after a move; null for an act that moves nothing.',
  })
  state!: string | null;

  @Field(() => SafeInt, {
    nullable: true,
    description: 'Number of the act, by which others name it; null for an act that none names.',
  })
  number!: number | null;
}

@ObjectType({ description: 'A document that was added.' })
export class ApplicationDocumentAdded {
  readonly __typename = 'ApplicationDocumentAdded';

  @Field(() => ID, { description: 'Id of the application.' })
  application!: string;

  @Field(() => String, { description: 'SHA-256 of its bytes, hex.' })
  digest!: string;
}

const resolveType = (value: { __typename: string }): string => value.__typename;

export const ApplyResult = createUnionType({
  name: 'ApplyResult',
  description: 'An application, or why there is none.',
  types: () => [ApplicationBegun, ActRefused] as const,
  resolveType,
});

export const ApplicationActResult = createUnionType({
  name: 'ApplicationActResult',
  description: 'What was done, or why nothing was.',
  types: () => [ApplicationActed, ActRefused] as const,
  resolveType,
});

export const AddApplicationDocumentResult = createUnionType({
  name: 'AddApplicationDocumentResult',
  description: 'The document, or why it was not taken.',
  types: () => [ApplicationDocumentAdded, ActRefused] as const,
  resolveType,
});
