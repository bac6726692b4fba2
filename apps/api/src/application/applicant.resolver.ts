import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { requireApplicant, type RequestContext } from '../graphql/request-context.js';
import { AcceptAgreementInput, ApplicationDocumentInput, PrincipleStandingInput } from './applicant.input.js';
import { ApplicantService } from './applicant.service.js';
import { Agreement } from './application-parts.types.js';
import { ApplicationProfile } from './application-profile.types.js';
import {
  AddApplicationDocumentResult,
  ApplicationActResult,
  ApplyResult,
  OwnApplication,
  type ApplicationActed,
  type ApplicationBegun,
  type ApplicationDocumentAdded,
} from './own-application.types.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const Profile = (): ParameterDecorator =>
  Args('profile', { type: () => ApplicationProfile, description: 'What the applicant says of itself.' });
const Note = (): ParameterDecorator =>
  Args('note', {
    type: () => String,
    nullable: true,
    description: 'Words for staff, at most 4000 characters.',
  });

@Resolver()
export class ApplicantResolver {
  constructor(@Inject(ApplicantService) private readonly service: ApplicantService) {}

  @Query(() => OwnApplication, { description: 'The application whose secret the caller shows.' })
  application(@Context() context: RequestContext): Promise<OwnApplication> {
    return this.service.read(requireApplicant(context));
  }

  @Query(() => Agreement, { nullable: true, description: 'The agreement in force; null before the first.' })
  agreement(@Context() context: RequestContext): Promise<Agreement | null> {
    return this.service.agreement(context.caller);
  }

  @Mutation(() => ApplyResult, {
    description: 'Begins an application; for anybody, ten times an hour from one address.',
  })
  apply(
    @Context() context: RequestContext,
    @Profile() profile: ApplicationProfile,
  ): Promise<ApplicationBegun | ActRefused> {
    return this.service.apply(context.address, profile);
  }

  @Mutation(() => ApplicationActResult, { description: 'Says anew what the applicant is.' })
  setApplicationProfile(@Context() context: RequestContext, @Profile() profile: ApplicationProfile): Acted {
    return this.service.setProfile(requireApplicant(context), profile);
  }

  @Mutation(() => ApplicationActResult, { description: 'Says where the applicant stands on a principle.' })
  statePrinciple(
    @Context() context: RequestContext,
    @Args('input', { type: () => PrincipleStandingInput, description: 'The standing.' })
    input: PrincipleStandingInput,
  ): Acted {
    return this.service.statePrinciple(requireApplicant(context), input);
  }

  @Mutation(() => AddApplicationDocumentResult, { description: 'Adds a document.' })
  addApplicationDocument(
    @Context() context: RequestContext,
    @Args('input', { type: () => ApplicationDocumentInput, description: 'The document.' })
    input: ApplicationDocumentInput,
  ): Promise<ApplicationDocumentAdded | ActRefused> {
    return this.service.addDocument(requireApplicant(context), input);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Accepts the agreement in the name of a signatory who can bind the organisation.',
  })
  acceptAgreement(
    @Context() context: RequestContext,
    @Args('input', { type: () => AcceptAgreementInput, description: 'What is accepted, and by whom.' })
    input: AcceptAgreementInput,
  ): Acted {
    return this.service.accept(requireApplicant(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Hands the application in.' })
  submitApplication(@Context() context: RequestContext): Acted {
    return this.service.submit(requireApplicant(context));
  }

  @Mutation(() => ApplicationActResult, { description: 'Hands it back after information was requested.' })
  answerInformationRequest(
    @Context() context: RequestContext,
    @Note() note: string | null | undefined,
  ): Acted {
    return this.service.answer(requireApplicant(context), note ?? null);
  }

  @Mutation(() => ApplicationActResult, { description: 'Takes the application back, before admission.' })
  withdrawApplication(
    @Context() context: RequestContext,
    @Args('reason', {
      type: () => String,
      description: '`no_longer_interested`, `not_ready`, `organisation_changed` or `other`.',
    })
    reason: string,
    @Note() note: string | null | undefined,
  ): Acted {
    return this.service.withdraw(requireApplicant(context), reason, note ?? null);
  }
}
