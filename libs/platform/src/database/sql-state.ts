/** SQLSTATE of a database error, also of one that TypeORM wrapped; undefined when it is no such error. */
export function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  const inner = sqlState(driverError);
  if (inner !== undefined) return inner;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** PostgreSQL, appendix A: serialization_failure and deadlock_detected leave nothing done, so the work may run again. */
export function isRetryable(error: unknown): boolean {
  return ['40001', '40P01'].includes(sqlState(error) ?? '');
}
