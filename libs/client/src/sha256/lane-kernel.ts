import {
  ADD,
  AND,
  CONTINUE_IF,
  END,
  I32_ADD,
  I32_LT_U,
  i32Const,
  loadLane,
  localGet,
  localSet,
  localTee,
  LOOP,
  moduleOf,
  OR,
  rotateRight,
  shiftRight,
  splat,
  STORE,
  SWAP_BYTES,
  XOR,
  type Code,
} from './wasm-code.js';

const PRIMES = firstPrimes(64);
/** FIPS 180-4 §4.2.2: first 32 bits of the fractions of the cube roots of the first 64 primes. */
const K = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
/** FIPS 180-4 §5.3.3: of the square roots of the first eight. */
const H = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));

/** Parameters of the function: first key, end of the keys, where the first words of the digests go. */
const [FROM, TO, OUT] = [0, 1, 2] as const;
const SCHEDULE = 3;
const STATE = SCHEDULE + 16;
const SUM = STATE + 8;
const VECTORS = 16 + 8 + 1;

/** Longest message of one block: 64 bytes less the bit 1 and the length. */
const MOST_BYTES = 55;

/** Whether a kernel can be made for messages of that length: whole words, and one block with the padding. */
export function fitsKernel(length: number): boolean {
  return length > 0 && length % 4 === 0 && length <= MOST_BYTES;
}

/**
 * WebAssembly that hashes messages of one fixed length with SHA-256 (FIPS 180-4 §6.2), four at a time in the lanes of
 * 128-bit vectors, and writes the first 32-bit word of each digest. `run(from, to, out)`: the messages lie one after the
 * other from `from` to `to`, a multiple of four of them.
 */
export function laneKernel(length: number, pages: number): Uint8Array<ArrayBuffer> {
  const code: number[] = [];
  const emit = (...parts: Code[]): void => {
    for (const part of parts) code.push(...part);
  };
  emit(LOOP);
  loadMessages(emit, length);
  H.forEach((word, i) => emit(splat(word), localSet(STATE + i)));
  const a = compress(emit);
  emit(localGet(OUT), localGet(a), splat(H[0]!), ADD, STORE);
  emit(localGet(OUT), i32Const(16), I32_ADD, localSet(OUT));
  emit(
    localGet(FROM),
    i32Const(4 * length),
    I32_ADD,
    localTee(FROM),
    localGet(TO),
    I32_LT_U,
    CONTINUE_IF,
    END,
  );
  return moduleOf(code, VECTORS, pages);
}

type Emit = (...parts: Code[]) => void;

/** The first 16 words of the schedule: the message, a bit 1, zeros, and its length in bits. */
function loadMessages(emit: Emit, length: number): void {
  const words = length / 4;
  for (let t = 0; t < 16; t++) {
    if (t >= words) {
      emit(splat(t === words ? 0x80000000 : t === 15 ? 8 * length : 0), localSet(SCHEDULE + t));
      continue;
    }
    emit(splat(0), localSet(SCHEDULE + t));
    for (let lane = 0; lane < 4; lane++) {
      emit(
        localGet(FROM),
        localGet(SCHEDULE + t),
        loadLane(lane * length + 4 * t, lane),
        localSet(SCHEDULE + t),
      );
    }
    emit(localGet(SCHEDULE + t), localGet(SCHEDULE + t), SWAP_BYTES, localSet(SCHEDULE + t));
  }
}

/** The 64 rounds; returns the local that holds the working variable `a` at the end. */
function compress(emit: Emit): number {
  let state = Array.from({ length: 8 }, (_, i) => STATE + i);
  for (let t = 0; t < 64; t++) {
    if (t >= 16) extendSchedule(emit, t);
    state = round(emit, t, state);
  }
  return state[0]!;
}

function extendSchedule(emit: Emit, t: number): void {
  const word = (back: number): number => SCHEDULE + ((t - back) & 15);
  const sigma = (local: number, r1: number, r2: number, s: number): void =>
    emit(rotateRight(local, r1), rotateRight(local, r2), XOR, shiftRight(local, s), XOR);
  emit(localGet(word(16)));
  sigma(word(15), 7, 18, 3);
  emit(ADD, localGet(word(7)), ADD);
  sigma(word(2), 17, 19, 10);
  emit(ADD, localSet(word(0)));
}

/** One round; the variables change places instead of values. */
function round(emit: Emit, t: number, state: readonly number[]): number[] {
  const [a, b, c, d, e, f, g, h] = state as [number, number, number, number, number, number, number, number];
  const sigma = (local: number, r1: number, r2: number, r3: number): void =>
    emit(rotateRight(local, r1), rotateRight(local, r2), XOR, rotateRight(local, r3), XOR);
  emit(localGet(h));
  sigma(e, 6, 11, 25);
  emit(ADD);
  // Ch as g ^ (e & (f ^ g)), Maj as (a & b) | (c & (a | b)): one operation less each.
  emit(localGet(f), localGet(g), XOR, localGet(e), AND, localGet(g), XOR, ADD);
  emit(splat(K[t]!), localGet(SCHEDULE + (t & 15)), ADD, ADD, localSet(SUM));
  emit(localGet(d), localGet(SUM), ADD, localSet(d));
  emit(localGet(SUM));
  sigma(a, 2, 13, 22);
  emit(ADD);
  emit(localGet(a), localGet(b), AND, localGet(a), localGet(b), OR, localGet(c), AND, OR, ADD, localSet(h));
  return [h, a, b, c, d, e, f, g];
}

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
  return primes;
}

/** First 32 bits of the fraction of `x`. */
function fraction(x: number): number {
  return Math.floor((x - Math.floor(x)) * 2 ** 32);
}
