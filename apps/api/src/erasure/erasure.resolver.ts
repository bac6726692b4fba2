import { Inject } from '@nestjs/common';
import { Args, Context, ID, Int, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import type { NotFound } from '../graphql/failure.types.js';
import type { Connection } from '../graphql/page.types.js';
import { requirePerson, type RequestContext } from '../graphql/request-context.js';
import { ErasureConfirmationInput, ErasureRequestInput } from './erasure.input.js';
import { ErasureService } from './erasure.service.js';
import { ErasureActResult, ErasureConnection, ErasureLookup, type Erasure } from './erasure.types.js';

type Acted = Promise<Erasure | ActRefused>;

const Id = (name: string): ParameterDecorator =>
  Args(name, { type: () => ID, description: 'Number of the erasure.' });
const Input = (type: () => new () => object): ParameterDecorator =>
  Args('input', { type, description: 'What, and why.' });

@Resolver()
export class ErasureResolver {
  constructor(@Inject(ErasureService) private readonly service: ErasureService) {}

  @Query(() => ErasureConnection, { description: 'Erasures, the latest first.' })
  erasures(
    @Context() context: RequestContext,
    @Args('first', { type: () => Int, description: 'How many at most, 1 to 200.' }) first: number,
    @Args('after', { type: () => String, nullable: true, description: 'Cursor of the last one seen.' })
    after?: string | null,
  ): Promise<Connection<Erasure>> {
    return this.service.list(requirePerson(context), first, after ?? null);
  }

  @Query(() => ErasureLookup, { description: 'An erasure.' })
  erasure(@Context() context: RequestContext, @Id('id') id: string): Promise<Erasure | NotFound> {
    return this.service.find(requirePerson(context), id);
  }

  @Mutation(() => ErasureActResult, {
    description: 'Asks for lines to be erased. Nothing is done before another person confirms it.',
  })
  requestErasure(
    @Context() context: RequestContext,
    @Input(() => ErasureRequestInput) input: ErasureRequestInput,
  ): Acted {
    return this.service.request(requirePerson(context), input);
  }

  @Mutation(() => ErasureActResult, {
    description: 'Confirms an erasure that another person asked for; the statement is logged then, for good.',
  })
  confirmErasure(
    @Context() context: RequestContext,
    @Input(() => ErasureConfirmationInput) input: ErasureConfirmationInput,
  ): Acted {
    return this.service.confirm(requirePerson(context), input);
  }

  @Mutation(() => ErasureActResult, { description: 'Takes back an erasure that is not confirmed.' })
  withdrawErasure(@Context() context: RequestContext, @Id('erasure') erasure: string): Acted {
    return this.service.withdraw(requirePerson(context), erasure);
  }
}
