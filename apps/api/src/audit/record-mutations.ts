import { hash } from 'node:crypto';
import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import { canonicalJson } from '#libs/membership';
import { recordAct, type Database } from '#libs/platform';
import type { RequestContext } from '../graphql/request-context.js';

/** What gives a right to whoever has it: a digest that covered it would confirm a guess. */
const SECRETS: readonly string[] = ['token', 'secret'];
/** Arguments that say what an act is about, the most telling first. */
const SUBJECTS: readonly string[] = ['application', 'member', 'person', 'key', 'id', 'channel', 'role'];

/** Has every mutation by a person leave a row in the audit trail, whatever resolver is behind it. */
export function recordMutations(schema: GraphQLSchema, database: Database): GraphQLSchema {
  for (const [act, field] of Object.entries(schema.getMutationType()?.getFields() ?? {})) {
    const resolve = field.resolve as GraphQLFieldResolver<unknown, RequestContext> | undefined;
    if (resolve === undefined) continue;
    field.resolve = (source, args: Record<string, unknown>, context: RequestContext, info): unknown => {
      const { caller } = context;
      const run = (): unknown => resolve(source, args, context, info);
      if (caller.role !== 'person') return run();
      const inputs = withoutSecrets(args) as Record<string, unknown>;
      const actor = `person:${caller.person.id}` as const;
      const described = { actor, act, subject: subjectOf(inputs), inputs: digestOf(inputs) };
      return recordAct(database, described, async () => run());
    };
  }
  return schema;
}

function digestOf(inputs: object): string {
  return hash('sha256', canonicalJson(inputs), 'hex');
}

function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name]) => !SECRETS.includes(name));
  return Object.fromEntries(kept.map(([name, member]) => [name, withoutSecrets(member)]));
}

function subjectOf({ input, ...rest }: Record<string, unknown>): string {
  const members = { ...rest, ...(input as Record<string, unknown> | undefined) };
  const found = SUBJECTS.map((name) => members[name]).find((value) => typeof value === 'string');
  return typeof found === 'string' ? found : '';
}
