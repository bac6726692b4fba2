import { GraphQLError, GraphQLScalarType } from 'graphql';

/** A moment; only ever given out. */
export const DateTime = new GraphQLScalarType<never, string>({
  name: 'DateTime',
  description: 'A moment as RFC 3339 text in UTC with milliseconds, such as `2026-11-22T12:00:00.000Z`.',
  serialize: (value) => {
    if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
    throw new GraphQLError('DateTime must be a valid date.');
  },
  parseValue: () => {
    throw new GraphQLError('DateTime is not taken as input.');
  },
});
