import { Field, ObjectType } from '@nestjs/graphql';
import type { AdministrationFailure, ApplicationFailure } from '#libs/membership';
import { Failure } from './failure.types.js';

@ObjectType({
  implements: () => [Failure],
  description: 'An act that breaks a rule. Nothing of it has been done.',
})
export class ActRefused extends Failure {
  readonly __typename = 'ActRefused';

  @Field(() => String, { description: 'Name of the field at fault.' })
  field!: string;

  @Field(() => String, { description: 'The rule it breaks, in words.' })
  rule!: string;
}

/** A refusal of a domain lib as GraphQL shows it. */
export function actRefused({ code, field, rule }: AdministrationFailure | ApplicationFailure): ActRefused {
  return { __typename: 'ActRefused', code, message: `${field} ${rule}`, field, rule };
}
