import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { inputLines } from './input-lines.js';

async function* cut(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const end = at + (sizes[i % sizes.length] ?? 1);
    yield bytes.subarray(at, end);
    at = end;
  }
}

async function read(bytes: Uint8Array, sizes: readonly number[] = [7]): Promise<string[]> {
  const lines: string[] = [];
  for await (const { number, text } of inputLines('a.txt', cut(bytes, sizes))) {
    expect(number).toBe(lines.length + 1);
    lines.push(text);
  }
  return lines;
}

describe('inputLines', () => {
  it('reads the same lines however the bytes arrive', async () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n\ufeff]/.test(text));
    const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        sizes,
        async (lines, end, bom, cuts) => {
          const text = (bom ? '\ufeff' : '') + lines.map((of) => of + end).join('');
          expect(await read(Buffer.from(text), cuts)).toEqual(lines.length === 0 && bom ? [''] : lines);
        },
      ),
    );
  });

  it('reads a last line without an end', async () => {
    expect(await read(Buffer.from('a\nb'))).toEqual(['a', 'b']);
  });

  it('refuses what is not UTF-8, and lines without end, by their number', async () => {
    const invalid = expect.objectContaining({ code: 'INPUT_INVALID', subject: 'a.txt, line 2' });
    await expect(read(Buffer.from([0x61, 0x0a, 0xff, 0x0a]))).rejects.toEqual(invalid);
    await expect(read(Buffer.concat([Buffer.from('a\n'), Buffer.alloc(70_000, 'b')]))).rejects.toEqual(
      invalid,
    );
  });
});
