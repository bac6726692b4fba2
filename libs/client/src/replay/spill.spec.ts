import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { signalTypeByName, type PlacedEntry } from '#libs/protocol';
import { ByteSink, ByteSource } from '../files/byte-sink.js';
import { PARTITIONS, SpillReader, SpillWriter } from './spill-file.js';
import {
  Names,
  putEntry,
  putRecordChange,
  putRemoval,
  putStep,
  putSubmission,
  takeChanges,
  takeEntry,
  takeSubmission,
} from './spill-records.js';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cairn-spill-'));
  path = join(directory, 'spill');
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function write(end: number, parts: Record<number, string>): Promise<number> {
  const writer = await SpillWriter.open(path, end);
  for (const [stream, text] of Object.entries(parts)) writer.streams[Number(stream)]!.put(Buffer.from(text));
  const now = await writer.commit();
  await writer.close();
  return now;
}

async function read(end: number, stream: number): Promise<string> {
  const reader = await SpillReader.open(path, end);
  try {
    return (await reader.read(stream)).toString();
  } finally {
    await reader.close();
  }
}

describe('a spill file', () => {
  it('gives each stream back, whole, from all runs', async () => {
    const first = await write(0, { 0: 'a', 255: 'b', [PARTITIONS]: 'c' });
    const second = await write(first, { 0: 'd', [PARTITIONS]: 'e' });
    expect([await read(second, 0), await read(second, 255), await read(second, PARTITIONS)]).toEqual([
      'ad',
      'b',
      'ce',
    ]);
    expect(await read(second, 7)).toBe('');
    expect(await read(first, 0)).toBe('a');
  });

  it('forgets what is behind the runs that count, and writes no empty run', async () => {
    const first = await write(0, { 1: 'kept' });
    await write(first, { 1: 'lost' });
    expect(await write(first, {})).toBe(first);
    expect(readFileSync(path)).toHaveLength(first);
    const second = await write(first, { 1: '!' });
    expect(await read(second, 1)).toBe('kept!');
  });

  it('refuses a byte that changed, a file cut short, and one that is gone', async () => {
    const end = await write(0, { 1: 'text' });
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.with(end - 1, 0));
    await expect(read(end, 1)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    writeFileSync(path, bytes.subarray(0, end - 1));
    await expect(read(end, 1)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
    rmSync(path);
    await expect(SpillWriter.open(path, end)).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
  });
});

const name = fc.constantFrom('alpha', 'bravo', 'csam', 'kPrK');
const facts = fc.record({
  index: fc.maxSafeNat(),
  time: fc.maxSafeNat(),
  ...{ channel: name, member: name, key: name, named: fc.boolean() },
});
const entry = fc.record({
  line: fc.nat(9999),
  type: fc.constantFrom('md5', 'sha1', 'sha256', 'pdq'),
  fill: fc.nat(255),
  prev: fc.option(fc.maxSafeNat().map((n) => Math.min(n, 2 ** 53 - 2))),
  reason: fc.option(fc.integer({ min: 1, max: 255 })),
  operation: fc.option(
    fc.record({
      op: fc.constantFrom('assert' as const, 'retract' as const),
      labels: fc.array(fc.integer({ min: 1, max: 32_767 }), { maxLength: 16 }),
      quality: fc.option(fc.nat(100)),
      expires: fc.option(fc.nat(2_932_896)),
    }),
  ),
});

describe('records of a partition', () => {
  it('are read as they were written', () => {
    fc.assert(
      fc.property(facts, fc.array(entry), (of, wishes) => {
        const entries = wishes.map(({ fill, operation, reason, type, ...rest }): PlacedEntry => {
          const { index, member, key, named } = of;
          const words = operation && {
            ...operation,
            index,
            line: rest.line,
            member,
            key,
            named,
            void: false,
          };
          const bytes = Buffer.alloc(signalTypeByName(type)!.keyLength, fill);
          return { ...rest, type, key: bytes, operation: words, reason: words === null ? null : reason };
        });
        const [sink, names] = [new ByteSink(), new Names()];
        putSubmission(sink, of, names);
        for (const one of entries) putEntry(sink, one);
        const source = new ByteSource(Buffer.from(sink.view()));
        source.u8();
        const read = takeSubmission(source, new Names(names.all));
        expect(read).toEqual(of);
        for (const one of entries) {
          source.u8();
          expect(takeEntry(source, read)).toEqual(one);
        }
        expect(source.atEnd).toBe(true);
      }),
    );
  });

  it('keep the changes of a pack apart from what follows', () => {
    const sink = new ByteSink();
    const key = Buffer.alloc(16, 5);
    putStep(sink, 9);
    putRecordChange(sink, 'add', key, Buffer.from('metadata'));
    putRecordChange(sink, 'update', key, Buffer.from('other'));
    putRemoval(sink, key, 7);
    putStep(sink, 10);
    const source = new ByteSource(Buffer.from(sink.view()));
    expect([source.peekU32(1), source.u8(), source.u32()]).toEqual([9, 3, 9]);
    expect(
      takeChanges(source, 16).map(({ op, metadata, reason }) => [op, metadata?.toString(), reason]),
    ).toEqual([
      ['add', 'metadata', 0],
      ['update', 'other', 0],
      ['remove', undefined, 7],
    ]);
    expect(source.peek()).toBe(3);
  });
});
