import { createUnionType, Field, ObjectType } from '@nestjs/graphql';
import { ActRefused } from '../graphql/act-refused.types.js';
import { NotFound } from '../graphql/failure.types.js';

@ObjectType({ description: 'One entry with everything that proves where it came from.' })
export class EntryProof {
  readonly __typename = 'EntryProof';

  @Field(() => String, {
    description:
      'The exact text of a file `entry-proof/1` (docs/protocol-proof.md), which is verified offline under the pinned policy.',
  })
  document!: string;
}

export const EntryProofResult = createUnionType({
  name: 'EntryProofResult',
  description:
    'The proof, or that there is no such entry for the caller, or that reading its author cannot be recorded.',
  types: () => [EntryProof, NotFound, ActRefused] as const,
  resolveType: (value: { __typename: string }) => value.__typename,
});
