import { Inject } from '@nestjs/common';
import { Args, Context, Query, Resolver } from '@nestjs/graphql';
import type { ActRefused } from '../graphql/act-refused.types.js';
import type { NotFound } from '../graphql/failure.types.js';
import type { RequestContext } from '../graphql/request-context.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';
import { EntryProofService } from './entry-proof.service.js';
import { EntryProofResult, type EntryErased, type EntryProof } from './entry-proof.types.js';

@Resolver()
export class EntryProofResolver {
  constructor(@Inject(EntryProofService) private readonly service: EntryProofService) {}

  @Query(() => EntryProofResult, {
    description: 'Proves one entry: the latest about a signal in a channel, or that of a given index.',
  })
  entryProof(
    @Context() { caller }: RequestContext,
    @Args('type', { type: () => String, description: 'Signal type, such as `sha256`.' }) type: string,
    @Args('value', { type: () => String, description: 'Canonical value of the signal.' }) value: string,
    @Args('channel', { type: () => String, description: 'Name of the channel.' }) channel: string,
    @Args('index', {
      type: () => SafeInt,
      nullable: true,
      description: 'Index of the submission in the provenance log; without it the latest is proved.',
    })
    index?: number | null,
    @Args('purpose', {
      type: () => String,
      nullable: true,
      description:
        'Why staff read it, 1 to 200 printable characters: needed for anonymous entries, whose author is shown then, and recorded.',
    })
    purpose?: string | null,
  ): Promise<EntryProof | NotFound | EntryErased | ActRefused> {
    return this.service.prove(caller, { type, value, channel, index: index ?? null }, purpose ?? null);
  }
}
