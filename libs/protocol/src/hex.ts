const DIGITS = '0123456789abcdef';
const NOT_A_DIGIT = 16;

const byteToHex: readonly string[] = Array.from(
  { length: 256 },
  (_, byte) => DIGITS[byte >> 4]! + DIGITS[byte & 15]!,
);

/** Lower-case hex of `bytes`: the only spelling of hashes on Cairn's wire. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byteToHex[byte]!;
  return text;
}

/** Value of each lower-case hex digit by its character code; 16 for any other below 128. */
const nibbles = Uint8Array.from({ length: 128 }, (_, code) => {
  const value = DIGITS.indexOf(String.fromCharCode(code));
  return value < 0 ? NOT_A_DIGIT : value;
});

/** Bytes of a lower-case hex string, or null when it is of odd length or holds anything but 0-9 and a-f. */
export function fromHex(text: string): Uint8Array | null {
  if (text.length % 2 !== 0) return null;
  const bytes = new Uint8Array(text.length / 2);
  // Digits are checked all together at the end: a test for each would cost as much as reading it.
  let seen = 0;
  for (let i = 0; i < bytes.length; i++) {
    const high = nibble(text, 2 * i);
    const low = nibble(text, 2 * i + 1);
    seen |= high | low;
    bytes[i] = (high << 4) | low;
  }
  return seen < NOT_A_DIGIT ? bytes : null;
}

function nibble(text: string, at: number): number {
  return nibbles[text.charCodeAt(at)] ?? NOT_A_DIGIT;
}
