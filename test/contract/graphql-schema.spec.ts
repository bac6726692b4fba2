import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { buildApiSchema, printApiSchema } from '#apps/api/src/graphql/api-schema';

const FILE = new URL('../../../schema.graphql', import.meta.url);

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildApiSchema();
});

describe('schema.graphql', () => {
  it('is the schema of the API; UPDATE_SCHEMA=1 writes it anew', () => {
    const text = printApiSchema(schema);
    if (process.env['UPDATE_SCHEMA'] === '1') writeFileSync(FILE, text);
    expect(readFileSync(FILE, 'utf8')).toBe(text);
  });

  it('describes every type, field, argument, enum value and input field', () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
    );
    expect(types.length).toBeGreaterThan(30);
    expect(types.flatMap(undescribed)).toEqual([]);
  });

  it('asks for a page size wherever there is a list of pages', () => {
    const lists = Object.values(schema.getTypeMap())
      .filter(isObjectType)
      .flatMap((type) => Object.values(type.getFields()))
      .filter((field) => /(Connection|DeltaResult)!?$/.test(String(field.type)));
    expect(lists.map(({ name }) => name).sort()).toEqual([
      'accessHistory',
      'applicants',
      'applications',
      'auditEvents',
      'authorshipReads',
      'entries',
      'erasures',
      'evidenceReads',
      'feedDelta',
      'feeds',
      'headMismatches',
      'memberActs',
      'members',
    ]);
    for (const { args } of lists)
      expect(String(args.find(({ name }) => name === 'first')?.type)).toBe('Int!');
  });

  it('gives every expected failure a code and a message', () => {
    const failures = schema.getPossibleTypes(schema.getType('Failure') as never).map(({ name }) => name);
    expect(failures.sort()).toEqual([
      'ActRefused',
      'ConformanceRefused',
      'EntryErased',
      'FeedReset',
      'InvalidCursor',
      'NotFound',
      'SubmissionRefused',
    ]);
  });
});

function undescribed(type: GraphQLNamedType): string[] {
  const missing = type.description ? [] : [type.name];
  const parts: { name: string; description?: string | null }[] = [];
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      const args = field.args.map(({ name, description }) => ({
        name: `${field.name}.${name}`,
        description,
      }));
      parts.push(field, ...args);
    }
  }
  if (isInputObjectType(type)) parts.push(...Object.values(type.getFields()));
  if (isEnumType(type)) parts.push(...type.getValues());
  return [
    ...missing,
    ...parts.filter((part) => !part.description).map((part) => `${type.name}.${part.name}`),
  ];
}
