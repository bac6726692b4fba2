import { hexSignalType } from './hex-signal-type.js';

/** PDQ: a 256-bit perceptual hash of an image, bits in the order of the reference implementation's hex form. */
export const pdq = hexSignalType({ name: 'pdq', code: 4, keyLength: 32, perceptual: true });
