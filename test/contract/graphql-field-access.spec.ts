import { beforeAll, describe, expect, it } from '@jest/globals';
import { isInterfaceType, type GraphQLSchema } from 'graphql';
import { ROLES } from '#libs/access';
import { buildApiSchema } from '#apps/api/src/graphql/api-schema';
import { FIELD_ACCESS } from '#apps/api/src/graphql/field-access';
import { schemaCoordinates } from '#apps/api/src/graphql/field-coordinates';

let schema: GraphQLSchema;
beforeAll(async () => {
  schema = await buildApiSchema();
});

describe('the table of who may read which field', () => {
  it('has a rule for every field of the schema and for nothing else', () => {
    expect(Object.keys(FIELD_ACCESS).sort()).toEqual(schemaCoordinates(schema));
  });

  it('gives each rule known roles, each once, and a reason', () => {
    const wrong = Object.entries(FIELD_ACCESS).filter(
      ([, { roles, reason }]) =>
        reason.length < 10 ||
        new Set(roles).size !== roles.length ||
        roles.some((role) => !ROLES.includes(role)),
    );
    expect(wrong).toEqual([]);
  });

  it('shows strangers nothing but what they get for an application', () => {
    const open = Object.entries(FIELD_ACCESS).filter(([, { roles }]) => roles.includes('anonymous'));
    expect(open.map(([field]) => field).sort()).toEqual([
      'ActRefused.code',
      'ActRefused.field',
      'ActRefused.message',
      'ActRefused.rule',
      'ApplicationBegun.application',
      'ApplicationBegun.secret',
      'Mutation.apply',
    ]);
  });

  it('lets nobody read through an interface what it may not read of a type behind it', () => {
    for (const type of Object.values(schema.getTypeMap()).filter(isInterfaceType)) {
      for (const field of Object.keys(type.getFields())) {
        const byInterface = FIELD_ACCESS[`${type.name}.${field}`]!.roles;
        for (const { name } of schema.getPossibleTypes(type)) {
          expect(FIELD_ACCESS[`${name}.${field}`]!.roles).toEqual(expect.arrayContaining([...byInterface]));
        }
      }
    }
  });
});
