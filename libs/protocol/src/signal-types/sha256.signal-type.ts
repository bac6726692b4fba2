import { hexSignalType } from './hex-signal-type.js';

/** SHA-256 of a file's bytes (FIPS 180-4). */
export const sha256Type = hexSignalType({ name: 'sha256', code: 3, keyLength: 32 });
