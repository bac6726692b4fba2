import {
  isInterfaceType,
  isObjectType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type GraphQLSchema,
} from 'graphql';

/** `Type.field` of every field of a schema, those of introspection by the two fields that lead there. */
export function schemaCoordinates(schema: GraphQLSchema): string[] {
  const own = Object.values(schema.getTypeMap()).flatMap((type) => {
    if (type.name.startsWith('__') || !(isObjectType(type) || isInterfaceType(type))) return [];
    return Object.keys(type.getFields()).map((field) => `${type.name}.${field}`);
  });
  const query = schema.getQueryType()!.name;
  return [...own, `${query}.__schema`, `${query}.__type`].sort();
}

/**
 * `Type.field` of every field that a document selects anywhere. Left out are `__typename`, which says what the schema says, and what
 * lies below `__schema` and `__type`. A field that the schema does not have is given as `?.field`.
 */
export function documentCoordinates(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const coordinates = new Set<string>();
  const types = new TypeInfo(schema);
  const enter = ({ name: { value: field } }: { name: { value: string } }): void => {
    const parent = types.getParentType()?.name ?? '?';
    if (field === '__typename' || parent.startsWith('__')) return;
    coordinates.add(`${parent}.${field}`);
  };
  visit(document, visitWithTypeInfo(types, { Field: { enter } }));
  return coordinates;
}
