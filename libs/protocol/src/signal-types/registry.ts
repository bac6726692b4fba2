import { md5 } from './md5.signal-type.js';
import { pdq } from './pdq.signal-type.js';
import { sha1 } from './sha1.signal-type.js';
import { sha256Type } from './sha256.signal-type.js';
import type { SignalType } from './signal-type.js';

/** Every signal type of this version, in order of code. To add one: write its file and list it here. */
export const SIGNAL_TYPES: readonly SignalType[] = [md5, sha1, sha256Type, pdq];

const byName = new Map(SIGNAL_TYPES.map((type) => [type.name, type]));
const byCode = new Map(SIGNAL_TYPES.map((type) => [type.code, type]));

/** The signal type of that wire name, or undefined. */
export function signalTypeByName(name: string): SignalType | undefined {
  return byName.get(name);
}

/** The signal type of that stored number, or undefined. */
export function signalTypeByCode(code: number): SignalType | undefined {
  return byCode.get(code);
}
