import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { ApiError, STATUS_OF, type ApiErrorCode } from './api-error.js';
import { messageWithoutValues } from './message-without-values.js';

/** What an answer with errors looks like on the wire. */
export interface ErrorAnswer {
  readonly statusCode: number;
  readonly errors: readonly GraphQLFormattedError[];
}

/**
 * Turns errors into what a caller may see of them; the only place that does. An error that nobody meant for the caller becomes
 * INTERNAL with the id of the request, under which the log has its cause.
 */
export class ErrorFormatter {
  constructor(private readonly log: Logger) {}

  /** @param data what was answered besides the errors; with any, the status is 200 */
  format(errors: readonly unknown[], requestId: string, data?: unknown): ErrorAnswer {
    const shown = errors.flatMap(expand).map((error) => this.show(error, requestId));
    const first = shown[0]?.extensions?.['code'] as ApiErrorCode | undefined;
    const statusCode = data === undefined || data === null ? STATUS_OF[first ?? 'INTERNAL'] : 200;
    return { statusCode, errors: shown };
  }

  private show(error: unknown, requestId: string): GraphQLFormattedError {
    const { locations, path } = error instanceof GraphQLError ? error : {};
    const place = { ...(locations && { locations }), ...(path && { path }) };
    const meant = meantForCaller(error);
    if (meant !== null) {
      const { code, message } = meant;
      return { message, ...place, extensions: { code, requestId } };
    }
    this.log.error({ err: causeOf(error), requestId }, 'a request failed');
    return { message: 'internal error', ...place, extensions: { code: 'INTERNAL', requestId } };
  }
}

/** Mercurius packs the errors of parsing and validation into one. */
function expand(error: unknown): unknown[] {
  const inner = listed(error) ?? listed((error as GraphQLError | undefined)?.originalError);
  return inner ?? [error];
}

function listed(error: unknown): unknown[] | undefined {
  const { errors } = (error ?? {}) as { errors?: unknown };
  return Array.isArray(errors) ? (errors as unknown[]) : undefined;
}

function meantForCaller(error: unknown): { code: ApiErrorCode; message: string } | null {
  const known = error instanceof ApiError ? error : (error as GraphQLError | undefined)?.originalError;
  if (known instanceof ApiError) return known;
  return isAboutRequest(error) ? { code: codeOf(error), message: messageWithoutValues(error.message) } : null;
}

/** Raised before any resolver ran, since it has no path, and by GraphQL itself, since nothing else is behind it. */
function isAboutRequest(error: unknown): error is GraphQLError {
  if (!(error instanceof GraphQLError) || error.path !== undefined) return false;
  return error.originalError === undefined || error.originalError instanceof GraphQLError;
}

function codeOf({ message, extensions }: GraphQLError): ApiErrorCode {
  const given = extensions['code'];
  if (typeof given === 'string' && Object.hasOwn(STATUS_OF, given)) return given as ApiErrorCode;
  if (message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  return message.startsWith('Variable "$') ? 'BAD_USER_INPUT' : 'GRAPHQL_VALIDATION_FAILED';
}

/** What the log may hold: errors of GraphQL itself quote the value that they are about. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof GraphQLError)) return error;
  if (error.originalError !== undefined && !(error.originalError instanceof GraphQLError)) {
    return error.originalError;
  }
  return new Error(messageWithoutValues(error.message));
}
