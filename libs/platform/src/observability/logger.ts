import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino';
import { serializeError } from './error-serializer.js';

/** Names whose values are never logged, at whatever depth up to four they stand. */
export const REDACTED = [
  'authorization',
  'cookie',
  'set-cookie',
  'dpop',
  'client_assertion',
  'clientAssertion',
  'access_token',
  'accessToken',
  'token',
  'password',
  'secret',
  'privateKey',
  'manifest',
  'entries',
  'value',
  'values',
  'parameters',
] as const;

export interface LoggerOptions {
  /** Which process speaks: `hub`, `api`, `worker`. */
  readonly name: string;
  readonly level: string;
  readonly destination?: DestinationStream;
}

/** A logger of JSON lines with ISO times; secrets and hash values by the names they go under are left out. */
export function createLogger({ name, level, destination }: LoggerOptions): Logger {
  const options = {
    name,
    level,
    timestamp: stdTimeFunctions.isoTime,
    serializers: { err: serializeError, error: serializeError },
    redact: { paths: REDACTED.flatMap(atEveryDepth), censor: '[redacted]' },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

function atEveryDepth(name: string): string[] {
  const key = `["${name}"]`;
  return [key, ...['*', '*.*', '*.*.*'].map((prefix) => `${prefix}${key}`)];
}
