import type { AppliedOperation, PlacedEntry } from '#libs/protocol';
import { signalTypeByCode, signalTypeByName } from '#libs/protocol';
import type { ByteSink, ByteSource } from '../files/byte-sink.js';

/** First byte of each record of a partition. */
export const RECORD = { submission: 1, entry: 2, step: 3, add: 4, update: 5, remove: 6, chunk: 7 } as const;

/** What the entries of a submission have in common. Names stand for themselves here and for numbers on the disk. */
export interface SubmissionFacts {
  readonly index: number;
  /** Of the leaf, Unix milliseconds. */
  readonly time: number;
  readonly channel: string;
  readonly member: string;
  readonly key: string;
  readonly named: boolean;
}

/** Strings by number: of members, keys and channels, so as many as the directory has. */
export class Names {
  private readonly numbers = new Map<string, number>();

  constructor(readonly all: string[] = []) {
    all.forEach((name, number) => this.numbers.set(name, number));
  }

  numberOf(name: string): number {
    const known = this.numbers.get(name);
    if (known !== undefined) return known;
    this.numbers.set(name, this.all.length);
    this.all.push(name);
    return this.all.length - 1;
  }

  nameOf(number: number): string {
    return this.all[number]!;
  }
}

export function putSubmission(sink: ByteSink, facts: SubmissionFacts, names: Names): void {
  sink.u8(RECORD.submission);
  sink.u64(facts.index);
  sink.u64(facts.time);
  for (const name of [facts.channel, facts.member, facts.key]) sink.u32(names.numberOf(name));
  sink.u8(facts.named ? 1 : 0);
}

export function takeSubmission(source: ByteSource, names: Names): SubmissionFacts {
  const [index, time] = [source.u64(), source.u64()];
  const channel = names.nameOf(source.u32());
  const member = names.nameOf(source.u32());
  const key = names.nameOf(source.u32());
  return { index, time, channel, member, key, named: source.u8() === 1 };
}

const NO_PREV = 0;
const HAS_OPERATION = 1;
const IS_RETRACTION = 2;
const NONE = 255;

export function putEntry(sink: ByteSink, { line, type, key, prev, operation, reason }: PlacedEntry): void {
  sink.u8(RECORD.entry);
  sink.u16(line);
  sink.u8(signalTypeByName(type)!.code);
  sink.put(key);
  sink.u64(prev === null ? NO_PREV : prev + 1);
  if (operation === null) return sink.u8(0);
  sink.u8(HAS_OPERATION | (operation.op === 'retract' ? IS_RETRACTION : 0));
  sink.u8(reason ?? 0);
  sink.u8(operation.quality ?? NONE);
  sink.u32(operation.expires === null ? 0 : operation.expires + 1);
  sink.u8(operation.labels.length);
  for (const label of operation.labels) sink.u16(label);
}

/** An entry of the submission whose facts were read last. */
export function takeEntry(source: ByteSource, facts: SubmissionFacts): PlacedEntry {
  const line = source.u16();
  const { name, keyLength } = signalTypeByCode(source.u8())!;
  const key = source.take(keyLength);
  const prev = source.u64();
  const flags = source.u8();
  const placed = { line, type: name, key, prev: prev === NO_PREV ? null : prev - 1 };
  if ((flags & HAS_OPERATION) === 0) return { ...placed, operation: null, reason: null };
  const [reason, quality, expires] = [source.u8(), source.u8(), source.u32()];
  const labels = Array.from({ length: source.u8() }, () => source.u16());
  const operation: AppliedOperation = {
    index: facts.index,
    line,
    member: facts.member,
    key: facts.key,
    op: (flags & IS_RETRACTION) === 0 ? 'assert' : 'retract',
    named: facts.named,
    labels,
    quality: quality === NONE ? null : quality,
    expires: expires === 0 ? null : expires - 1,
    void: false,
  };
  return { ...placed, operation, reason: reason === 0 ? null : reason };
}

/** The chunk of a state that the partition begins with: nothing is before it. */
export function putChunk(sink: ByteSink, leaf: Uint8Array): void {
  sink.u8(RECORD.chunk);
  sink.u32(leaf.length);
  sink.put(leaf);
}

/** The leaf whose kind was read last. */
export function takeChunk(source: ByteSource): Buffer {
  return source.take(source.u32());
}

/** A change that a pack announces. */
export interface AnnouncedChange {
  readonly op: 'add' | 'update' | 'remove';
  readonly key: Uint8Array;
  /** Null for a removal. */
  readonly metadata: Uint8Array | null;
  /** Of a removal; 0 for others. */
  readonly reason: number;
}

/** The changes that follow are of this step: a pack of a round. */
export function putStep(sink: ByteSink, step: number): void {
  sink.u8(RECORD.step);
  sink.u32(step);
}

export function putRecordChange(
  sink: ByteSink,
  op: 'add' | 'update',
  key: Uint8Array,
  metadata: Uint8Array,
): void {
  sink.u8(RECORD[op]);
  sink.put(key);
  sink.u16(metadata.length);
  sink.put(metadata);
}

export function putRemoval(sink: ByteSink, key: Uint8Array, reason: number): void {
  sink.u8(RECORD.remove);
  sink.put(key);
  sink.u8(reason);
}

/** The changes up to the next record of another kind, of a type with keys of that length. */
export function takeChanges(source: ByteSource, keyLength: number): AnnouncedChange[] {
  const changes: AnnouncedChange[] = [];
  for (let kind = source.peek(); kind !== undefined && kind >= RECORD.add; kind = source.peek()) {
    source.u8();
    const key = source.take(keyLength);
    if (kind === RECORD.remove) changes.push({ op: 'remove', key, metadata: null, reason: source.u8() });
    else {
      const metadata = source.take(source.u16());
      changes.push({ op: kind === RECORD.add ? 'add' : 'update', key, metadata, reason: 0 });
    }
  }
  return changes;
}
