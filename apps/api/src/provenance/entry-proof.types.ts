import { createUnionType, Field, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { Failure, NotFound } from '../graphql/failure.types.js';
import { SafeInt } from '../graphql/scalars/safe-int.scalar.js';

@ObjectType({ description: 'One entry with everything that proves where it came from.' })
export class EntryProof {
  readonly __typename = 'EntryProof';

  @Field(() => String, {
    description:
      'The exact text of a file `entry-proof/1` (docs/protocol-proof.md), which is verified offline under the pinned policy.',
  })
  document!: string;
}

@ObjectType({
  implements: () => [Failure],
  description: 'The entry was erased: its bytes are gone, and nothing can be proved of them any more.',
})
export class EntryErased extends Failure {
  readonly __typename = 'EntryErased';

  @Field(() => SafeInt, { description: 'Index of the submission in the provenance log.' })
  index!: number;

  @Field(() => SafeInt, { description: 'Log index of the `erase` statement.' })
  erasedBy!: number;
}

export const EntryProofResult = createUnionType({
  name: 'EntryProofResult',
  description:
    'The proof, or that there is no such entry for the caller, that it was erased, or that reading its author cannot be recorded.',
  types: () => [EntryProof, NotFound, EntryErased, ActRefused] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
