import { ProtocolError } from './protocol-error.js';
import { StrictJsonError } from './strict-json-error.js';
import { decodeUtf8, parseStrictJson } from './strict-json.js';

/**
 * Strictly parses UTF-8 JSON bytes (docs/protocol-keys.md, "Strict JSON").
 *
 * @throws ProtocolError MALFORMED_UTF8 or MALFORMED_JSON, naming `field`, the position and the rule.
 */
export function parseJsonBytes(bytes: Uint8Array, field: string): unknown {
  try {
    return parseStrictJson(decodeUtf8(bytes));
  } catch (error) {
    if (!(error instanceof StrictJsonError)) throw error;
    const encoding = error.code === 'NOT_UTF8' || error.code === 'BYTE_ORDER_MARK';
    const code = encoding ? 'MALFORMED_UTF8' : 'MALFORMED_JSON';
    throw new ProtocolError({ code, field, rule: error.message });
  }
}
