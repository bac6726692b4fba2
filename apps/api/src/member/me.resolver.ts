import { Inject } from '@nestjs/common';
import { Context, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { requireMember, type RequestContext } from '../graphql/request-context.js';
import { MeService } from './me.service.js';
import { Me, type MyChannel, type MyKey } from './me.types.js';

@Resolver(() => Me)
export class MeResolver {
  constructor(@Inject(MeService) private readonly service: MeService) {}

  @Query(() => Me, { description: 'The calling member.' })
  me(@Context() context: RequestContext): Omit<Me, 'channels' | 'keys'> {
    return requireMember(context);
  }

  @ResolveField()
  channels(@Context() context: RequestContext): Promise<MyChannel[]> {
    return this.service.channels(requireMember(context));
  }

  @ResolveField()
  keys(@Context() context: RequestContext): Promise<MyKey[]> {
    return this.service.keys(requireMember(context));
  }
}
