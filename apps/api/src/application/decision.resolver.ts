import { Inject } from '@nestjs/common';
import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ApplicationForDecisionLookup, type ApplicationForDecision } from './application-record.types.js';
import { DecisionService } from './decision.service.js';
import {
  AdmissionPolicy,
  AdmitApplicantResult,
  PublishAgreementResult,
  SetAdmissionPolicyResult,
  type AgreementPublished,
  type ApplicantAdmitted,
} from './decision.types.js';
import { ApplicationActResult, type ApplicationActed } from './own-application.types.js';
import {
  AdmissionPolicyInput,
  AgreementInput,
  ApplicationActInput,
  DecisionInput,
  ExpulsionInput,
  ReasonedActInput,
  RecommendationInput,
} from './review.input.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'What is done, and on what.' });
const ApplicationId = (): ParameterDecorator =>
  Args('application', { type: () => ID, description: 'Id of the application.' });

@Resolver()
export class DecisionResolver {
  constructor(@Inject(DecisionService) private readonly service: DecisionService) {}

  @Query(() => ApplicationForDecisionLookup, {
    description: 'The version that a recommendation or decision made now is about.',
  })
  async applicationForDecision(
    @Context() context: RequestContext,
    @Args('id', { type: () => ID, description: 'Id of the application.' }) id: string,
  ): Promise<ApplicationForDecision | NotFound> {
    return (await this.service.forDecision(requirePerson(context), id)) ?? notFound();
  }

  @Query(() => AdmissionPolicy, { description: 'How the alliance admits.' })
  admissionPolicy(@Context() context: RequestContext): Promise<AdmissionPolicy> {
    return this.service.policy(requirePerson(context));
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Recommends. Refused as CHANGED when the digest is not that of the present version.',
  })
  recommendApplication(
    @Context() context: RequestContext,
    @Input(() => RecommendationInput) input: RecommendationInput,
  ): Acted {
    return this.service.recommend(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, {
    description:
      'Decides as another person recommended. Refused as CHANGED when anything changed since, as SAME_PERSON for who recommended.',
  })
  decideApplication(
    @Context() context: RequestContext,
    @Input(() => DecisionInput) input: DecisionInput,
  ): Acted {
    return this.service.decide(requirePerson(context), input);
  }

  @Mutation(() => AdmitApplicantResult, {
    description: 'Makes the member as it was decided, and opens the key ceremony.',
  })
  admitApplicant(
    @Context() context: RequestContext,
    @ApplicationId() application: string,
  ): Promise<ApplicantAdmitted | ActRefused> {
    return this.service.admit(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, { description: 'Ends the key ceremony: the keys are there.' })
  beginConformance(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.beginConformance(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, { description: 'Gives an observer its standing after the ceremony.' })
  activateObserver(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.activateObserver(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, {
    description:
      'Begins probation, with the rights that were decided, after a conformance run that was passed.',
  })
  beginProbation(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.beginProbation(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, { description: 'Ends probation once its time has passed.' })
  endProbation(@Context() context: RequestContext, @ApplicationId() application: string): Acted {
    return this.service.endProbation(requirePerson(context), application);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Stops the member of an application at its next request.',
  })
  suspendMember(
    @Context() context: RequestContext,
    @Input(() => ReasonedActInput) input: ReasonedActInput,
  ): Acted {
    return this.service.suspend(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, { description: 'Ends a suspension; it is back where it was.' })
  reinstateMember(
    @Context() context: RequestContext,
    @Input(() => ApplicationActInput) input: ApplicationActInput,
  ): Acted {
    return this.service.reinstate(requirePerson(context), input);
  }

  @Mutation(() => ApplicationActResult, {
    description: 'Ends a membership for good, with or without recall.',
  })
  expelMember(@Context() context: RequestContext, @Input(() => ExpulsionInput) input: ExpulsionInput): Acted {
    return this.service.expel(requirePerson(context), input);
  }

  @Mutation(() => SetAdmissionPolicyResult, { description: 'Sets how the alliance admits from now on.' })
  setAdmissionPolicy(
    @Context() context: RequestContext,
    @Input(() => AdmissionPolicyInput) input: AdmissionPolicyInput,
  ): Promise<AdmissionPolicy | ActRefused> {
    return this.service.setPolicy(requirePerson(context), input);
  }

  @Mutation(() => PublishAgreementResult, { description: 'Publishes the next version of the agreement.' })
  publishAgreement(
    @Context() context: RequestContext,
    @Input(() => AgreementInput) input: AgreementInput,
  ): Promise<AgreementPublished | ActRefused> {
    return this.service.publishAgreement(requirePerson(context), input);
  }
}
