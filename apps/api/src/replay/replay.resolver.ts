import { Inject } from '@nestjs/common';
import { Args, Context, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ReplayService } from './replay.service.js';
import {
  EvidenceReadConnection,
  ReplayTicketResult,
  StatedLog,
  type EvidenceRead,
  type ReplayTicket,
} from './replay.types.js';

@Resolver()
export class ReplayResolver {
  constructor(@Inject(ReplayService) private readonly service: ReplayService) {}

  @Mutation(() => ReplayTicketResult, {
    description:
      'Asks for a ticket to what stands behind the provenance log: for a member what it may see, for auditors everything, which is recorded.',
  })
  requestReplayTicket(
    @Context() { caller }: RequestContext,
    @Args('purpose', {
      type: () => String,
      nullable: true,
      description: 'Why an auditor replays the log, 1 to 200 printable characters; members need none.',
    })
    purpose?: string | null,
  ): Promise<ReplayTicket | ActRefused> {
    return this.service.ticket(caller, purpose ?? null);
  }

  @Query(() => EvidenceReadConnection, {
    description:
      'Which auditor was shown lines and authors of which part of the log, and why; the latest first.',
  })
  evidenceReads(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' }) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<EvidenceRead>> {
    return this.service.reads(requirePerson(context), first, after ?? null);
  }

  @Query(() => [StatedLog], {
    description:
      'The states of the provenance log that the log has, the latest first: somewhere for auditors to begin a replay.',
  })
  states(
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' }) first: number,
  ): Promise<StatedLog[]> {
    return this.service.states(first);
  }
}
