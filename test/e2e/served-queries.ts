import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isUnionType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { Role } from '#libs/access';
import { FIELD_ACCESS } from '#apps/api/src/graphql/field-access';

const INTROSPECTION: Readonly<Record<string, string>> = {
  'Query.__schema': '{ __schema { types { name description fields { name description } } } }',
  'Query.__type': '{ __type(name: "Provenance") { name fields { name description } } }',
};

const mayRead = (coordinate: string, roles: readonly Role[]): boolean =>
  FIELD_ACCESS[coordinate]?.roles.some((role) => roles.includes(role)) ?? false;

/** The entry points, as `Type.field`, that the table of fields opens to one of the roles. */
export function entryPoints(roles: readonly Role[]): string[] {
  return Object.keys(FIELD_ACCESS).filter(
    (coordinate) => /^(Query|Mutation)\./.test(coordinate) && mayRead(coordinate, roles),
  );
}

/** A document for each entry point that asks for every field behind it that the roles may read. */
export function wholeDocuments(schema: GraphQLSchema, roles: readonly Role[]): Map<string, string> {
  return new Map(
    entryPoints(roles).map((coordinate) => [
      coordinate,
      INTROSPECTION[coordinate] ?? documentOf(schema, coordinate, roles),
    ]),
  );
}

function documentOf(schema: GraphQLSchema, coordinate: string, roles: readonly Role[]): string {
  const [type, name] = coordinate.split('.') as [string, string];
  const field = (schema.getType(type) as GraphQLObjectType).getFields()[name]!;
  const declared = field.args.map((argument) => `$${argument.name}: ${String(argument.type)}`).join(', ');
  const given = field.args.map((argument) => `${argument.name}: $${argument.name}`).join(', ');
  const inBrackets = (text: string): string => (text === '' ? '' : `(${text})`);
  return `${type.toLowerCase()} ${inBrackets(declared)} { ${name}${inBrackets(given)} ${selection(schema, field, roles)} }`;
}

function selection(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  roles: readonly Role[],
): string {
  const type = getNamedType(field.type);
  return isCompositeType(type) ? `{ __typename ${fieldsOf(schema, type, roles)} }` : '';
}

function fieldsOf(schema: GraphQLSchema, type: GraphQLNamedType, roles: readonly Role[]): string {
  if (isUnionType(type) || isInterfaceType(type))
    return schema
      .getPossibleTypes(type)
      .map((possible) => `... on ${possible.name} { ${fieldsOf(schema, possible, roles)} __typename }`)
      .join(' ');
  if (!isObjectType(type)) return '';
  return Object.values(type.getFields())
    .filter(({ name }) => mayRead(`${type.name}.${name}`, roles))
    .map((field) => `${field.name}${nestedArguments(field)} ${selection(schema, field, roles)}`)
    .join(' ');
}

function nestedArguments({ name, args }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map((argument) => argument.name);
  if (required.length === 0) return '';
  if (required.join() === 'first') return '(first: 10)';
  throw new Error(`${name} is to be asked with arguments that this test does not know`);
}
