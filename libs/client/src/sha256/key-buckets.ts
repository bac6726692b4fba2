import { hash } from 'node:crypto';
import { fitsKernel, laneKernel } from './lane-kernel.js';

/** From so many keys on, the kernel repays its making. */
const WORTH_KERNEL = 4096;
/** Keys of one call. */
const BATCH = 1024;
const PAGE_BYTES = 65_536;

/** The exports of a kernel, and views of its memory. */
interface Kernel {
  readonly run: (from: number, to: number, out: number) => void;
  readonly keys: Uint8Array;
  readonly words: Uint32Array;
}

/**
 * The bucket of each of `count` keys that lie one after the other: as `bucketOf` of the protocol for each. Many keys are
 * hashed four at a time, because for 32 bytes most of the time of node:crypto goes into the call. Both ways are held
 * against each other by a property test, and a wrong bucket could not pass the check of the set root.
 */
export function keyBuckets(bytes: Uint8Array, start: number, keyLength: number, count: number): Uint16Array {
  const kernel = count < WORTH_KERNEL ? null : kernelFor(keyLength);
  return kernel === null
    ? oneByOne(bytes, start, keyLength, count)
    : fourByFour(kernel, bytes, start, keyLength, count);
}

function oneByOne(bytes: Uint8Array, start: number, keyLength: number, count: number): Uint16Array {
  const buckets = new Uint16Array(count);
  for (let i = 0, at = start; i < count; i++, at += keyLength) {
    const digest = hash('sha256', bytes.subarray(at, at + keyLength), 'binary');
    buckets[i] = digest.charCodeAt(0) * 0x100 + digest.charCodeAt(1);
  }
  return buckets;
}

function fourByFour(
  { run, keys, words }: Kernel,
  bytes: Uint8Array,
  start: number,
  keyLength: number,
  count: number,
): Uint16Array {
  const buckets = new Uint16Array(count);
  for (let done = 0; done < count; done += BATCH) {
    const now = Math.min(BATCH, count - done);
    const at = start + done * keyLength;
    keys.set(bytes.subarray(at, at + now * keyLength));
    // The last four may include what an earlier batch left: hashed in vain.
    run(0, Math.ceil(now / 4) * 4 * keyLength, words.byteOffset);
    for (let i = 0; i < now; i++) buckets[done + i] = words[i]! >>> 16;
  }
  return buckets;
}

/** What is used of the global that the type definitions of Node leave out (WebAssembly JavaScript Interface, §5). */
interface WebAssemblyGlobal {
  validate(code: Uint8Array): boolean;
  readonly Module: new (code: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };

const kernels = new Map<number, Kernel | null>();

/** The kernel for keys of that length; null when there can be none, or the machine has no vectors. */
function kernelFor(keyLength: number): Kernel | null {
  let kernel = kernels.get(keyLength);
  if (kernel === undefined) {
    kernel = fitsKernel(keyLength) ? makeKernel(keyLength) : null;
    kernels.set(keyLength, kernel);
  }
  return kernel;
}

function makeKernel(keyLength: number): Kernel | null {
  const code = laneKernel(keyLength, 2);
  if (!WebAssembly.validate(code)) return null;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(code));
  const { memory, run } = exports as { memory: { buffer: ArrayBuffer }; run: Kernel['run'] };
  const keys = new Uint8Array(memory.buffer, 0, PAGE_BYTES);
  return { run, keys, words: new Uint32Array(memory.buffer, PAGE_BYTES, BATCH) };
}
