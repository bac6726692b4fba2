import { ProtocolError } from '../protocol-error.js';

/** The refusal of a statement that cannot follow what came before it in the log. */
export function invalidHistory(field: string, rule: string): ProtocolError {
  return new ProtocolError({ code: 'INVALID_HISTORY', field, rule });
}
