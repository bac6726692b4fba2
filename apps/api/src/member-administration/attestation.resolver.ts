import { Inject } from '@nestjs/common';
import { Args, Context, Mutation, Query, Resolver } from '@nestjs/graphql';
import { AcceptAgreementInput } from '../application/applicant.input.js';
import { ApplicationActResult, type ApplicationActed } from '../application/own-application.types.js';
import { ReasonedActInput } from '../application/review.input.js';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { AttestationService } from './attestation.service.js';
import {
  AttestationInput,
  AttestationLookup,
  AttestationReviewInput,
  type Attestation,
} from './attestation.types.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'What is said.' });

@Resolver()
export class AttestationResolver {
  constructor(@Inject(AttestationService) private readonly service: AttestationService) {}

  @Query(() => AttestationLookup, {
    description: 'The attestation of a member: of any for staff, of the own one for who administers it.',
  })
  async attestation(
    @Context() context: RequestContext,
    @Args('member', { type: () => String, description: 'Name of the member.' }) member: string,
  ): Promise<Attestation | NotFound> {
    return (await this.service.find(requirePerson(context), member)) ?? notFound();
  }

  @Mutation(() => ApplicationActResult, { description: 'Files the attestation of the own member.' })
  fileAttestation(
    @Context() context: RequestContext,
    @Input(() => AttestationInput) input: AttestationInput,
  ): Acted {
    return this.service.file(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Accepts the agreement for the own member, in the name of a signatory who can bind it.',
  })
  acceptAgreementForMember(
    @Context() context: RequestContext,
    @Input(() => AcceptAgreementInput) input: AcceptAgreementInput,
  ): Acted {
    return this.service.acceptAgreement(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Asks a member to attest anew, once that is due.' })
  askAttestation(
    @Context() context: RequestContext,
    @Input(() => ReasonedActInput) input: ReasonedActInput,
  ): Acted {
    return this.service.ask(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Accepts an attestation, or finds it incomplete and waits for another.',
  })
  reviewAttestation(
    @Context() context: RequestContext,
    @Input(() => AttestationReviewInput) input: AttestationReviewInput,
  ): Acted {
    return this.service.review(requirePerson(context), input);
  }
}
