import { hexSignalType } from './hex-signal-type.js';

/** SHA-1 of a file's bytes (FIPS 180-4). Old lists use it; never used by Cairn as a commitment. */
export const sha1 = hexSignalType({ name: 'sha1', code: 2, keyLength: 20 });
