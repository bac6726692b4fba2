import { Module, type DynamicModule } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { MercuriusDriver, type MercuriusDriverConfig } from '@nestjs/mercurius';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { Database, LOGGER } from '#libs/platform';
import { recordMutations } from '../audit/record-mutations.js';
import { ApiError } from './api-error.js';
import { describeRoots } from './api-schema.js';
import { checkVariables } from './check-variables.js';
import { ErrorFormatter } from './error-formatter.js';
import { FIELD_ACCESS } from './field-access.js';
import { FieldGuard } from './field-guard.js';
import { QUERY_LIMITS, queryLimitsRule } from './query-limits.js';
import type { RequestContext } from './request-context.js';

/** Documents kept, and as many refused ones with their errors. */
const DOCUMENTS = 256;

/** Suggestions would list the schema to whoever guesses names; Mercurius passes the option on but its types do not know it. */
const VALIDATE_OPTIONS: { maxErrors: number } = { maxErrors: 10, ...{ hideSuggestions: true } };

/** GraphQL over Mercurius with compiled operations. The route is our own: `registerGraphqlEndpoint`. */
@Module({})
export class ApiGraphqlModule {
  static forRoot(): DynamicModule {
    const graphql = GraphQLModule.forRootAsync<MercuriusDriverConfig>({
      driver: MercuriusDriver,
      inject: [LOGGER, Database],
      useFactory: (log: Logger, database: Database) => graphqlOptions(new ErrorFormatter(log), database),
    });
    return { module: ApiGraphqlModule, imports: [graphql] };
  }
}

function graphqlOptions(formatter: ErrorFormatter, database: Database): MercuriusDriverConfig {
  const guard = new FieldGuard(FIELD_ACCESS);
  return {
    autoSchemaFile: true,
    transformSchema: (schema) => recordMutations(describeRoots(schema), database),
    routes: false,
    graphiql: false,
    subscription: false,
    cache: DOCUMENTS,
    // Compiled at the second use of a document.
    jit: 1,
    graphql: {
      parseOptions: { maxTokens: QUERY_LIMITS.tokens },
      validateOptions: VALIDATE_OPTIONS,
    },
    validationRules: [queryLimitsRule],
    errorFormatter: (execution, context) => {
      const { data, errors } = execution as ExecutionResult;
      const { requestId } = context as unknown as RequestContext;
      const { statusCode, errors: shown } = formatter.format(errors ?? [], requestId, data);
      return { statusCode, response: { data, errors: shown as never } };
    },
    hooks: {
      preParsing: (_schema, source) => Promise.resolve(refuseSyntaxTree(source)),
      preExecution: (schema: GraphQLSchema, document: DocumentNode, context, variables) => {
        guard.check(schema, document, (context as unknown as RequestContext).caller);
        checkVariables(schema, document, variables);
        return Promise.resolve();
      },
    },
  };
}

/** Mercurius would take a syntax tree as JSON for a document: the limits on tokens and nesting are the parser's. */
function refuseSyntaxTree(source: string): void {
  try {
    JSON.parse(source);
  } catch {
    return;
  }
  throw new ApiError('GRAPHQL_PARSE_FAILED', 'query must be a GraphQL document');
}
