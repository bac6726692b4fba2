import { Inject } from '@nestjs/common';
import { Args, Context, ID, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requireApplicant, requirePerson, type RequestContext } from '../graphql/request-context.js';
import { MachineCheckService } from './machine-check.service.js';
import {
  ApplicationMachineChecks,
  DomainChallengeResult,
  MachineChecksLookup,
  OutboxLookup,
  RelatedLookup,
  type ApplicationOutbox,
  type DomainChallenge,
  type RelatedOrganisations,
} from './machine-check.types.js';
import { ApplicationActResult, type ApplicationActed } from './own-application.types.js';

type Acted = Promise<ApplicationActed | ActRefused>;

const Id = (): ParameterDecorator => Args('id', { type: () => ID, description: 'Id of the application.' });
const Code = (): ParameterDecorator =>
  Args('code', { type: () => String, description: 'Code of the check, one that workers make.' });

@Resolver()
export class MachineCheckResolver {
  constructor(@Inject(MachineCheckService) private readonly service: MachineCheckService) {}

  @Query(() => DomainChallengeResult, {
    description:
      'What the applicant is to publish at its domain; the same for as long as the application lives.',
  })
  domainChallenge(@Context() context: RequestContext): Promise<DomainChallenge | ActRefused> {
    return this.service.challenge(requireApplicant(context));
  }

  @Query(() => ApplicationMachineChecks, {
    description: 'How the checks of the own application stand that workers make.',
  })
  machineChecks(@Context() context: RequestContext): Promise<ApplicationMachineChecks> {
    return this.service.ownChecks(requireApplicant(context));
  }

  @Mutation(() => ApplicationActResult, {
    description:
      'Has a check that waits for its next try tried at once, such as after the resource was published. One that failed for good begins anew when the application is handed in again, or by staff.',
  })
  tryCheckAgain(@Context() context: RequestContext, @Code() code: string): Acted {
    return this.service.tryAgain(requireApplicant(context), code);
  }

  @Query(() => MachineChecksLookup, {
    description: 'How the checks of an application stand that workers make.',
  })
  async applicationMachineChecks(
    @Context() context: RequestContext,
    @Id() id: string,
  ): Promise<ApplicationMachineChecks | NotFound> {
    return (await this.service.checks(requirePerson(context), id)) ?? notFound();
  }

  @Mutation(() => ApplicationActResult, {
    description:
      'Has workers make a check again from its beginning; for mailboxes also send again what was given up. What it finds counts even after a record of a person.',
  })
  checkApplicationAgain(
    @Context() context: RequestContext,
    @Args('application', { type: () => ID, description: 'Id of the application.' }) application: string,
    @Code() code: string,
  ): Acted {
    return this.service.again(requirePerson(context), application, code);
  }

  @Query(() => OutboxLookup, { description: 'Messages to the contacts of an applicant.' })
  async applicationOutbox(
    @Context() context: RequestContext,
    @Id() id: string,
  ): Promise<ApplicationOutbox | NotFound> {
    return (await this.service.outbox(requirePerson(context), id)) ?? notFound();
  }

  @Query(() => RelatedLookup, { description: 'Who may be under the same control as an applicant.' })
  async relatedOrganisations(
    @Context() context: RequestContext,
    @Id() id: string,
  ): Promise<RelatedOrganisations | NotFound> {
    return (await this.service.related(requirePerson(context), id)) ?? notFound();
  }
}
