import type { AdministrationFailure } from '../administration-result.js';

/** Why an act on an application was refused. Nothing of it was written. */
export type ApplicationFailure = {
  ok: false;
  /**
   * ILLEGAL_MOVE: the present state does not allow it; NOT_READY: something is to be done before; CHANGED: the version that the caller
   * was shown is no longer the present one; SAME_PERSON: it takes two.
   */
  code: AdministrationFailure['code'] | 'ILLEGAL_MOVE' | 'NOT_READY' | 'CHANGED';
  field: string;
  rule: string;
};

/** What an act on an application gives. */
export type ApplicationResult<T = object> = ({ ok: true } & T) | ApplicationFailure;

/** Ends an open act with a refusal: the transaction rolls back, and the caller gets the typed result. */
export class ActRefused extends Error {
  readonly failure: ApplicationFailure;

  constructor(code: ApplicationFailure['code'], field: string, rule: string) {
    super(`${field} ${rule}`);
    this.failure = { ok: false, code, field, rule };
  }
}

/** Passes the good result of a step on, and ends the act with a bad one. */
export function demand<T extends { ok: boolean }>(
  result: T | ApplicationFailure,
): asserts result is T & { ok: true } {
  if (!result.ok) {
    const { code, field, rule } = result as ApplicationFailure;
    throw new ActRefused(code, field, rule);
  }
}
