import { Kind, type DocumentNode, type GraphQLError, type GraphQLSchema } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';

const MOST_ERRORS = 10;

/** Variables that are not of the types their operation declares. */
export class VariableError extends Error {
  constructor(readonly errors: readonly GraphQLError[]) {
    super('variables are not of their types');
    this.name = 'VariableError';
  }
}

/**
 * Checks the variables of a document's one operation. Mercurius leaves this to the compiled operation at the use that compiles it, whose
 * errors look like those of a resolver.
 *
 * @throws VariableError
 */
export function checkVariables(
  schema: GraphQLSchema,
  document: DocumentNode,
  variables: Readonly<Record<string, unknown>>,
): void {
  const operation = document.definitions.find((node) => node.kind === Kind.OPERATION_DEFINITION);
  const declared = operation?.variableDefinitions ?? [];
  const { errors } = getVariableValues(schema, declared, variables, { maxErrors: MOST_ERRORS });
  if (errors !== undefined) throw new VariableError(errors);
}
