import { accessChallenge, type AccessRefusal, type Authenticator, type Caller } from '#libs/access';
import { ApiError } from '../graphql/api-error.js';
import type { ErrorFormatter } from '../graphql/error-formatter.js';
import { QUERY_LIMITS } from '../graphql/query-limits.js';
import { requestContext } from '../graphql/request-context.js';
import type { ApplicantRequests } from './applicant-requests.js';
import { clientAddress } from './client-address.js';
import type { Reply, Request, Server } from './fastify.types.js';
import type { PeopleRequests } from './people-requests.js';

/** Greatest body of a caller who shows no token: enough for any query, too little to be a burden. */
const ANONYMOUS_BYTES = 64 * 1024;

const CALLER = Symbol('caller');

type GraphqlRequest = Request & { [CALLER]?: Caller };

export interface GraphqlEndpointOptions {
  readonly path: string;
  readonly authenticator: Authenticator;
  readonly people: PeopleRequests;
  readonly applicants: ApplicantRequests;
  readonly formatter: ErrorFormatter;
}

/**
 * The one way to GraphQL: POST with one operation as `application/json`. Who calls is settled before the body is read, and every error,
 * of whatever layer, leaves in the one form.
 */
export function registerGraphqlEndpoint(server: Server, options: GraphqlEndpointOptions): void {
  const { path, authenticator, people, applicants, formatter } = options;
  void server.register((scope, _options, done) => {
    takeJsonOnly(scope);
    scope.setErrorHandler((error, request, reply) => answer(reply, formatter, asApiError(error), request.id));
    scope.post(path, {
      onRequest: async (request: GraphqlRequest, reply) => {
        const known = (await applicants.callerOf(request)) ?? (await people.callerOf(request));
        if (known !== null) request[CALLER] = known;
        else await authenticate(request, reply, authenticator);
      },
      handler: async (request: GraphqlRequest, reply) => execute(scope, request, reply),
    });
    scope.route({
      method: ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: path,
      handler: (_request, reply) => {
        void reply.header('allow', 'POST');
        throw new ApiError('METHOD_NOT_ALLOWED', 'GraphQL is asked by POST');
      },
    });
    done();
  });
}

/** Any other type of body could be sent by a page of another origin without asking first. */
function takeJsonOnly(scope: Server): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    scope.getDefaultJsonParser('error', 'error'),
  );
}

async function authenticate(
  request: GraphqlRequest,
  reply: Reply,
  authenticator: Authenticator,
): Promise<void> {
  const result = await authenticator.authenticate({
    method: request.method,
    authorization: request.headers.authorization,
    proofs: request.raw.headersDistinct['dpop'] ?? [],
  });
  if (!result.ok) return refuse(reply, result);
  request[CALLER] = result.caller;
  if (result.caller.role !== 'anonymous') return;
  void reply.header('www-authenticate', accessChallenge());
  const length = request.headers['content-length'];
  if (length === undefined || Number(length) > ANONYMOUS_BYTES) {
    throw new ApiError('UNAUTHENTICATED', 'a body of this size needs an access token');
  }
}

function refuse(reply: Reply, refusal: AccessRefusal): never {
  void reply.header('www-authenticate', accessChallenge(refusal));
  if (refusal.nonce !== undefined) void reply.header('dpop-nonce', refusal.nonce);
  const message =
    refusal.error === 'invalid_token'
      ? 'the access token is not good, or not with this key: get a new one'
      : `the DPoP proof is refused: ${refusal.rule}`;
  throw new ApiError('UNAUTHENTICATED', message);
}

async function execute(scope: Server, request: GraphqlRequest, reply: Reply): Promise<unknown> {
  const { query, variables, operationName } = readBody(request.body);
  const context = { ...requestContext(request[CALLER]!, request.id, clientAddress(request)), reply };
  void reply.header('cache-control', 'no-store');
  return scope.graphql(query, context, variables, operationName);
}

interface GraphqlBody {
  query: string;
  variables: Record<string, unknown>;
  operationName: string | undefined;
}

/** Parameters of a request (GraphQL over HTTP, "Request Parameters"); `extensions` is passed over. */
function readBody(body: unknown): GraphqlBody {
  if (!isObject(body))
    throw new ApiError('BAD_REQUEST', 'the body must be one JSON object; batches are not taken');
  const { query, variables = {}, operationName } = body;
  if (typeof query !== 'string' || query === '') throw new ApiError('BAD_REQUEST', 'query must be a text');
  if (query.length > QUERY_LIMITS.characters) {
    throw new ApiError('QUERY_TOO_COMPLEX', `query must be at most ${QUERY_LIMITS.characters} characters`);
  }
  if (variables !== null && !isObject(variables))
    throw new ApiError('BAD_REQUEST', 'variables must be an object');
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string') {
    throw new ApiError('BAD_REQUEST', 'operationName must be a text');
  }
  return { query, variables: variables ?? {}, operationName: operationName ?? undefined };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function answer(reply: Reply, formatter: ErrorFormatter, error: unknown, requestId: string): Reply {
  const { statusCode, errors } = formatter.format([error], requestId);
  return reply.code(statusCode).type('application/json; charset=utf-8').send({ errors });
}

/** What the server itself refuses before a handler runs. */
function asApiError(error: unknown): unknown {
  switch ((error as { code?: unknown }).code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('TOO_LARGE', 'the body is too large');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ApiError('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ApiError('BAD_REQUEST', 'the body must be JSON');
    default:
      return error instanceof SyntaxError ? new ApiError('BAD_REQUEST', 'the body must be JSON') : error;
  }
}
