import { Field, InterfaceType, ObjectType } from '@nestjs/graphql';

@InterfaceType({
  description: 'An expected failure: what was asked for cannot be had, for a reason the caller can act upon.',
  resolveType: (value: { __typename: string }) => value.__typename,
})
export abstract class Failure {
  @Field(() => String, { description: 'Stable code of the failure.' })
  code!: string;

  @Field(() => String, { description: 'The failure in words; the wording can change.' })
  message!: string;
}

@ObjectType({
  implements: () => [Failure],
  description: 'There is nothing of that name for the caller. Whether it exists for others is never said.',
})
export class NotFound extends Failure {
  readonly __typename = 'NotFound';
}

@ObjectType({
  implements: () => [Failure],
  description: 'The cursor was not given out for this list, these arguments and this caller.',
})
export class InvalidCursor extends Failure {
  readonly __typename = 'InvalidCursor';
}

/** One answer for what is not there and for what is not the caller's: they must not differ in a single byte. */
export function notFound(): NotFound {
  return { __typename: 'NotFound', code: 'NOT_FOUND', message: 'there is nothing of that name for you' };
}

export function invalidCursor(): InvalidCursor {
  return {
    __typename: 'InvalidCursor',
    code: 'INVALID_CURSOR',
    message: 'the cursor does not belong to this request: begin again without one',
  };
}
