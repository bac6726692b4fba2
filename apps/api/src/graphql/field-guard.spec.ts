import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import type { Caller } from '#libs/access';
import { documentCoordinates, schemaCoordinates } from './field-coordinates.js';
import { FieldGuard, type FieldAccess } from './field-guard.js';

const schema = buildSchema(`
  interface Named { name: String }
  type Query { open: Named, own: Own, any: Any }
  type Mutation { change: Own }
  type Own implements Named { name: String, secret: String }
  type Other { secret: String }
  union Any = Own | Other
`);
const all = { roles: ['anonymous', 'member'], reason: 'for all' } as const;
const members = { roles: ['member'], reason: 'for members' } as const;
const nobody = { roles: [], reason: 'for nobody' } as const;
const ACCESS: FieldAccess = {
  'Query.open': all,
  'Query.own': members,
  'Query.any': members,
  'Query.__schema': members,
  'Named.name': all,
  'Own.name': members,
  'Other.secret': nobody,
};
const guard = new FieldGuard(ACCESS);
const anonymous: Caller = { role: 'anonymous' };
const member = { role: 'member', member: {} } as Caller;

function outcome(query: string, caller: Caller): string {
  try {
    guard.check(schema, parse(query), caller);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('field guard', () => {
  it.each([
    ['{ open { name } }', 'ok', 'ok'],
    ['{ own { name } }', 'UNAUTHENTICATED', 'ok'],
    ['{ open { ... on Own { name } } }', 'UNAUTHENTICATED', 'ok'],
    ['{ a: own { b: name } }', 'UNAUTHENTICATED', 'ok'],
    ['query q { ...f } fragment f on Query { own { name } }', 'UNAUTHENTICATED', 'ok'],
    ['{ open { name } own @skip(if: true) { name } }', 'UNAUTHENTICATED', 'ok'],
    ['{ any { ... on Other { secret } } }', 'UNAUTHENTICATED', 'FORBIDDEN'],
    ['{ own { secret } }', 'UNAUTHENTICATED', 'FORBIDDEN'],
    ['mutation { change { name } }', 'UNAUTHENTICATED', 'FORBIDDEN'],
    ['{ __schema { types { name } } }', 'UNAUTHENTICATED', 'ok'],
    ['{ __type(name: "Own") { name } }', 'UNAUTHENTICATED', 'FORBIDDEN'],
    ['{ __typename }', 'ok', 'ok'],
    ['{ open { __typename } }', 'ok', 'ok'],
    ['{ toString }', 'UNAUTHENTICATED', 'FORBIDDEN'],
    ['{ open { name } } fragment unused on Other { secret }', 'UNAUTHENTICATED', 'FORBIDDEN'],
  ])('decides on %s: %s for strangers, %s for members', (query, stranger, own) => {
    expect([outcome(query, anonymous), outcome(query, member)]).toEqual([stranger, own]);
  });

  it('looks at a document once and at the caller each time', () => {
    const document = parse('{ own { name } }');
    guard.check(schema, document, member);
    expect(() => guard.check(schema, document, anonymous)).toThrow(/Own.name|Query.own/);
    guard.check(schema, document, member);
  });

  it('names no field that the table could inherit', () => {
    expect(outcome('{ constructor }', member)).toBe('FORBIDDEN');
  });
});

describe('coordinates', () => {
  it('of a schema are all its fields and the ways into introspection', () => {
    expect(schemaCoordinates(schema)).toEqual([
      'Mutation.change',
      'Named.name',
      'Other.secret',
      'Own.name',
      'Own.secret',
      'Query.__schema',
      'Query.__type',
      'Query.any',
      'Query.open',
      'Query.own',
    ]);
  });

  it('of a document are its fields by the type they are selected on', () => {
    const document = parse('{ any { ... on Own { name } } open { name } }');
    expect([...documentCoordinates(schema, document)]).toEqual([
      'Query.any',
      'Own.name',
      'Query.open',
      'Named.name',
    ]);
  });
});
