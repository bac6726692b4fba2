import { fromHex, toHex } from '../hex.js';
import type { ParsedValue, SignalType } from './signal-type.js';

/** A signal type whose canonical value is the lower-case hex of a fixed number of bytes; the key is those bytes. */
export function hexSignalType(options: {
  name: string;
  code: number;
  keyLength: number;
  perceptual?: boolean;
}): SignalType {
  const { name, code, keyLength } = options;
  const rule = `must be exactly ${keyLength * 2} lower-case hex digits (${name})`;
  return {
    name,
    code,
    keyLength,
    perceptual: options.perceptual ?? false,
    parse: (value) => parseHexValue(value, keyLength, rule),
    format: toHex,
  };
}

function parseHexValue(value: string, keyLength: number, rule: string): ParsedValue {
  const key = value.length === keyLength * 2 ? fromHex(value) : null;
  return key === null ? { ok: false, rule } : { ok: true, key };
}
