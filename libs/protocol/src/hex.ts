const DIGITS = '0123456789abcdef';
const LOWER_HEX = /^(?:[0-9a-f]{2})*$/;

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

/** Bytes of a lower-case hex string, or null when it is of odd length or holds anything but 0-9 and a-f. */
export function fromHex(text: string): Uint8Array | null {
  if (!LOWER_HEX.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = (nibble(text, 2 * i) << 4) | nibble(text, 2 * i + 1);
  return bytes;
}

/** Value of the lower-case hex digit at `at`: '0' is 0x30, 'a' is 0x61. */
function nibble(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
