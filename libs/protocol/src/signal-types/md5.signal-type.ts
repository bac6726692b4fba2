import { hexSignalType } from './hex-signal-type.js';

/** MD5 of a file's bytes (RFC 1321). Old lists hold little else; never used by Cairn as a commitment. */
export const md5 = hexSignalType({ name: 'md5', code: 1, keyLength: 16 });
