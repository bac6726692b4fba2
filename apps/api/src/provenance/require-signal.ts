import { signalTypeByName, type SignalType } from '#libs/protocol';
import { ApiError } from '../graphql/api-error.js';

/**
 * The signal that a type and a canonical value name.
 *
 * @throws ApiError `BAD_USER_INPUT`
 */
export function requireSignal(name: string, value: string): { type: SignalType; key: Uint8Array } {
  const type = signalTypeByName(name);
  if (type === undefined) throw new ApiError('BAD_USER_INPUT', 'type must be a signal type of this hub');
  const parsed = type.parse(value);
  if (!parsed.ok) throw new ApiError('BAD_USER_INPUT', `value ${parsed.rule}`);
  return { type, key: parsed.key };
}
