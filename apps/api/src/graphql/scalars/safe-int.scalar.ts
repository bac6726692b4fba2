import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

/** An integer that JavaScript, and so JSON in most languages, holds exactly. */
export const SafeInt = new GraphQLScalarType<number, number>({
  name: 'SafeInt',
  description:
    'An integer from 0 to 2^53 - 1, as a JSON number: sizes, log indexes and counters outgrow `Int`.',
  serialize: (value) => requireSafe(value),
  parseValue: (value) => requireSafe(value),
  parseLiteral: (node) => requireSafe(node.kind === Kind.INT ? Number(node.value) : undefined),
});

/** The message quotes no value: it could be anything that was put in the wrong place. */
function requireSafe(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GraphQLError('SafeInt must be an integer from 0 to 2^53 - 1.');
}
