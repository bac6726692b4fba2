/** What went wrong below the domain. The message names the field or the resource and the rule, never a secret. */
export type PlatformErrorCode =
  | 'config-invalid'
  | 'fault-points-invalid'
  | 'data-directory-in-use'
  | 'postgres-unsupported'
  | 'postgres-not-permitted'
  | 'postgres-already-running'
  | 'postgres-port-busy'
  | 'postgres-init-failed'
  | 'postgres-start-failed'
  | 'database-url-missing'
  | 'database-unreachable'
  | 'database-unsuitable'
  | 'database-not-permitted'
  | 'database-secrets-unreadable'
  | 'transaction-nested'
  | 'transaction-actor-invalid'
  | 'process-failed'
  | 'queue-unreachable'
  | 'queue-unsuitable'
  | 'queue-processors-incomplete';

/** The one error class of this lib. */
export class PlatformError extends Error {
  constructor(
    readonly code: PlatformErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PlatformError';
  }
}
