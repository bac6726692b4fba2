/** Bytes of the few WebAssembly instructions that the SHA-256 kernel is made of (WebAssembly Core 2.0, §5.4). */
export type Code = readonly number[];

const V128 = 0xfd;

/** Unsigned LEB128. */
export function uleb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Signed LEB128 of a number that is not negative. */
function sleb(value: number): number[] {
  const bytes = uleb(value);
  // Bit 6 of the last byte is the sign.
  if ((bytes.at(-1)! & 0x40) === 0) return bytes;
  return [...bytes.slice(0, -1), bytes.at(-1)! | 0x80, 0];
}

function simd(opcode: number): Code {
  return [V128, ...uleb(opcode)];
}

export const localGet = (local: number): Code => [0x20, ...uleb(local)];
export const localSet = (local: number): Code => [0x21, ...uleb(local)];
export const localTee = (local: number): Code => [0x22, ...uleb(local)];
export const i32Const = (value: number): Code => [0x41, ...sleb(value)];
export const I32_ADD: Code = [0x6a];
export const I32_LT_U: Code = [0x49];
export const LOOP: Code = [0x03, 0x40];
/** Goes on with the loop when the top of the stack is not 0. */
export const CONTINUE_IF: Code = [0x0d, 0];
export const END: Code = [0x0b];

export const AND = simd(0x4e);
export const OR = simd(0x50);
export const XOR = simd(0x51);
export const ADD = simd(0xae);
export const STORE: Code = [...simd(0x0b), 0, 0];
/** Reverses the bytes of each of four words; takes the vector twice. */
export const SWAP_BYTES: Code = [...simd(0x0d), 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12];

/** Four times the same 32-bit word. */
export function splat(word: number): Code {
  const bytes = [word, word >>> 8, word >>> 16, word >>> 24].map((byte) => byte & 0xff);
  return [...simd(0x0c), ...bytes, ...bytes, ...bytes, ...bytes];
}

/** Loads a word from the address on the stack, plus `offset`, into one lane of the vector on the stack. */
export function loadLane(offset: number, lane: number): Code {
  return [...simd(0x56), 2, ...uleb(offset), lane];
}

export function shiftRight(local: number, bits: number): Code {
  return [...localGet(local), ...i32Const(bits), ...simd(0xad)];
}

export function rotateRight(local: number, bits: number): Code {
  return [...shiftRight(local, bits), ...localGet(local), ...i32Const(32 - bits), ...simd(0xab), ...OR];
}

/**
 * A module with one function of three i32 parameters, exported as `run`, and one memory, exported as `memory`.
 *
 * @param vectors  number of its v128 locals, which follow the parameters
 */
export function moduleOf(code: Code, vectors: number, pages: number): Uint8Array<ArrayBuffer> {
  const body = [1, ...uleb(vectors), 0x7b, ...code, ...END];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7f, 0]),
    ...section(3, [1, 0]),
    ...section(5, [1, 0, pages]),
    ...section(7, [2, ...exported('memory', 2), ...exported('run', 0)]),
    ...section(10, [1, ...uleb(body.length), ...body]),
  ]);
}

function section(id: number, content: Code): Code {
  return [id, ...uleb(content.length), ...content];
}

function exported(name: string, kind: number): Code {
  return [name.length, ...Buffer.from(name), kind, 0];
}
