import { Inject } from '@nestjs/common';
import { Args, Context, Int, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ProvenanceService, type EventView, type ProvenanceView } from './provenance.service.js';
import {
  AuthorshipReadConnection,
  ProvenanceEvent,
  ProvenanceLookup,
  type AuthorshipRead,
  type DecisionProof,
} from './provenance.types.js';

const First = (): ParameterDecorator =>
  Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' });
const After = (): ParameterDecorator =>
  Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' });

@Resolver(() => ProvenanceEvent)
export class ProvenanceResolver {
  constructor(@Inject(ProvenanceService) private readonly service: ProvenanceService) {}

  @Query(() => ProvenanceLookup, {
    description:
      'Everything that concerns a signal in a channel, in log order: for members who receive it, and for staff. That staff are shown ' +
      'the author of an anonymous entry is recorded.',
  })
  async provenance(
    @Context() context: RequestContext,
    @Args('type', { type: () => String, description: 'Signal type, such as `sha256`.' }) type: string,
    @Args('value', { type: () => String, description: 'Canonical value of the signal.' }) value: string,
    @Args('channel', { type: () => String, description: 'Name of the channel.' }) channel: string,
    @First() first: number,
    @Args('purpose', {
      type: () => String,
      nullable: true,
      description:
        'For staff: why they read it, 1 to 200 printable characters. Without it the authors of anonymous entries are left out.',
    })
    purpose?: string | null,
    @After() after?: string | null,
  ): Promise<ProvenanceView | NotFound> {
    const question = { type, value, channel, first, purpose: purpose ?? null, after: after ?? null };
    return (await this.service.history(context, question)) ?? notFound();
  }

  @ResolveField()
  proof(@Context() context: RequestContext, @Parent() event: EventView): Promise<string | null> {
    return this.service.proof(context, event);
  }

  @ResolveField()
  decision(@Context() context: RequestContext, @Parent() event: EventView): Promise<DecisionProof | null> {
    return this.service.decision(context, event);
  }

  @Query(() => AuthorshipReadConnection, {
    description: 'Who was shown the author of an anonymous entry, and why; the latest first.',
  })
  authorshipReads(
    @Context() context: RequestContext,
    @First() first: number,
    @After() after?: string | null,
  ): Promise<Connection<AuthorshipRead>> {
    return this.service.authorshipReads(requirePerson(context), first, after ?? null);
  }
}
