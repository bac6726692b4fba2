import { types } from 'node:util';
import { sqlState } from '../database/sql-state.js';

/** What of an error may be logged. */
export interface LoggedError {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

const MOST_CAUSES = 4;

/**
 * An error as a log may hold it. A database error's message, detail, query and parameters can quote a row (a hash value,
 * say), so of it only the SQLSTATE and the constraint's name are kept; the stack is kept without the message it begins with.
 */
export function serializeError(error: unknown, depth = 0): LoggedError {
  if (!isError(error)) return { type: typeof error, message: 'something that is no error was thrown' };
  const state = sqlState(error);
  const { constraint, code } = error as Error & { constraint?: unknown; code?: unknown };
  return {
    type: error.name,
    message: state === undefined ? error.message : `database error ${state}`,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...stackOf(error),
    ...(error.cause === undefined || depth === MOST_CAUSES
      ? {}
      : { cause: serializeError(error.cause, depth + 1) }),
  };
}

/** Also an error of another realm, such as a worker thread's. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

function stackOf(error: Error): { stack?: string } {
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  return frames.length === 0 ? {} : { stack: frames.join('\n') };
}
