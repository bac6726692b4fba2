import { beforeEach, describe, expect, it } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { createLogger, PlatformError } from '#libs/platform';
import { ProtocolError } from '#libs/protocol';
import { ApiError } from './api-error.js';
import { ErrorFormatter } from './error-formatter.js';

let lines: string[];
let formatter: ErrorFormatter;
beforeEach(() => {
  lines = [];
  const log = createLogger({
    name: 'test',
    level: 'info',
    destination: { write: (line) => lines.push(line) },
  });
  formatter = new ErrorFormatter(log);
});

const LEAKS = /SELECT|\/srv|node_modules|ECONN|password|secret|hunter2/i;

/** As graphql-js reports what a resolver threw. */
function located(cause: Error): GraphQLError {
  return new GraphQLError(cause.message, { originalError: cause, path: ['feed', 'types'] });
}

describe('error formatter', () => {
  it.each<[string, unknown]>([
    ['an Error', located(new Error('password=hunter2'))],
    ['a TypeError', located(new TypeError("Cannot read 'secret' of undefined at /srv/app/x.js"))],
    ['a database error', located(Object.assign(new Error('SELECT secret FROM x'), { code: '23505' }))],
    [
      'a connection error',
      located(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    ],
    ['a platform error', located(new PlatformError('database-unreachable', 'PostgreSQL at secret'))],
    [
      'a protocol error',
      located(new ProtocolError({ code: 'BAD_FIELD', field: 'secret', rule: 'password' })),
    ],
    [
      'an error with a code of its own',
      located(Object.assign(new Error('secret'), { extensions: { code: 'BAD_USER_INPUT' } })),
    ],
    [
      'a GraphQLError that a resolver threw',
      located(new GraphQLError('secret', { extensions: { code: 'FORBIDDEN' } })),
    ],
    ['an error of a result', new GraphQLError('Int cannot represent "secret"', { path: ['feed'] })],
    ['an Error that is not located', new Error('secret')],
    ['what is no error', 'secret'],
    ['nothing', undefined],
  ])('masks %s', (_name, error) => {
    const { statusCode, errors } = formatter.format([error], 'request-1');
    expect(statusCode).toBe(500);
    expect(errors).toEqual([
      expect.objectContaining({
        message: 'internal error',
        extensions: { code: 'INTERNAL', requestId: 'request-1' },
      }),
    ]);
    expect(JSON.stringify(errors)).not.toMatch(LEAKS);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({ requestId: 'request-1', level: 50 });
  });

  it('logs the cause of what it masks', () => {
    formatter.format([located(new PlatformError('database-unreachable', 'cannot be reached'))], 'r');
    expect(lines[0]).toContain('cannot be reached');
  });

  it('logs no value that an error of GraphQL quotes', () => {
    const inner = new GraphQLError('Int cannot represent non-integer value: "deadbeef"');
    const errors = [
      new GraphQLError('SafeInt cannot represent value: deadbeef', { path: ['feed'] }),
      new GraphQLError(inner.message, { path: ['feed'], originalError: inner }),
    ];
    formatter.format(errors, 'r');
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('deadbeef');
  });

  it('shows what is wrong with a variable, without its value', () => {
    const inner = new GraphQLError('Int cannot represent non-integer value: "deadbeef"');
    const message =
      'Variable "$first" got invalid value "deadbeef"; Int cannot represent non-integer value: "deadbeef"';
    const { errors } = formatter.format([new GraphQLError(message, { originalError: inner })], 'r');
    expect(errors[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(JSON.stringify(errors)).not.toContain('deadbeef');
  });

  it('shows what is meant for the caller, wherever it was thrown', () => {
    const error = new ApiError('BAD_USER_INPUT', 'first must be from 1 to 100');
    for (const given of [error, located(error)]) {
      const { statusCode, errors } = formatter.format([given], 'r');
      expect(statusCode).toBe(400);
      expect(errors[0]).toMatchObject({
        message: error.message,
        extensions: { code: 'BAD_USER_INPUT', requestId: 'r' },
      });
    }
    expect(lines).toEqual([]);
  });

  it('shows errors about the document with a code', () => {
    const shown = (message: string, extensions = {}) =>
      formatter.format([{ errors: [new GraphQLError(message, { extensions })] }], 'r').errors[0]
        ?.extensions?.['code'];
    expect(shown('Syntax Error: Unexpected Name "x".')).toBe('GRAPHQL_PARSE_FAILED');
    expect(shown('Cannot query field "x" on type "Query".')).toBe('GRAPHQL_VALIDATION_FAILED');
    expect(shown('Variable "$x" got invalid value 1')).toBe('BAD_USER_INPUT');
    expect(shown('too deep', { code: 'QUERY_TOO_COMPLEX' })).toBe('QUERY_TOO_COMPLEX');
    expect(shown('other', { code: 'constructor' })).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('answers 200 when there is data besides', () => {
    expect(formatter.format([new ApiError('BAD_USER_INPUT', 'x')], 'r', { me: null }).statusCode).toBe(200);
    expect(formatter.format([new ApiError('UNAUTHENTICATED', 'x')], 'r', null).statusCode).toBe(401);
  });

  it('keeps each error of several', () => {
    const { errors } = formatter.format([new ApiError('FORBIDDEN', 'x'), new Error('secret')], 'r');
    expect(errors.map(({ extensions }) => extensions?.['code'])).toEqual(['FORBIDDEN', 'INTERNAL']);
  });
});
