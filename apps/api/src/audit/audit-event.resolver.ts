import { Inject } from '@nestjs/common';
import { Args, Context, Int, Query, Resolver } from '@nestjs/graphql';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { AuditEventService } from './audit-event.service.js';
import { AuditEventConnection } from './audit-event.types.js';

@Resolver()
export class AuditEventResolver {
  constructor(@Inject(AuditEventService) private readonly service: AuditEventService) {}

  @Query(() => AuditEventConnection, {
    description:
      'What staff, administrators of members and the operator did, in order, as a chain of digests.',
  })
  auditEvents(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 1000.' }) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<AuditEventConnection> {
    return this.service.list(requirePerson(context), first, after ?? null);
  }
}
