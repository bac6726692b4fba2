/** Why an administrative act was refused. */
export type AdministrationFailure = {
  ok: false;
  code: 'TAKEN' | 'NOT_FOUND' | 'NOT_ALLOWED' | 'BAD_INPUT' | 'NO_CONFORMANCE' | 'SAME_PERSON';
  field: string;
  rule: string;
};

/** What an administrative act gives: it takes effect once its statement has been logged. */
export type AdministrationResult<T = object> = ({ ok: true } & T) | AdministrationFailure;

export function refused(
  code: AdministrationFailure['code'],
  field: string,
  rule: string,
): AdministrationFailure {
  return { ok: false, code, field, rule };
}
