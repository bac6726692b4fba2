import { compareBytes } from '../feed/bytes.js';
import { ByteWriter } from '../feed/byte-writer.js';
import type { AppliedOperation, ProjectionState, SignalState } from '../projection/state.js';
import { signalTypeByName } from '../signal-types/registry.js';
import { STATE_CHUNKS, STATE_SALT_BYTES, stateChunkOf } from './state-leaves.js';
import { OPERATION_BYTES, OPERATION_FLAGS, SECTION_BYTES, SIGNAL_BYTES } from './state-operation.js';
import { channelsInOrder, keysInOrder } from './state-order.js';

/** Signals of one type in one channel that belong to one chunk. */
interface Section {
  channel: number;
  type: number;
  signals: SignalState[];
}

interface SpelledSignal {
  key: Uint8Array;
  latest: number;
  /** In log order. */
  operations: AppliedOperation[];
}

/**
 * The chunks of a state: leaves 1 to 256 (docs/protocol-state.md, "Chunks"). Signals are dealt out once, so that each chunk costs only
 * what it holds. The state must not change meanwhile.
 */
export class StateChunks {
  private readonly sections: Section[][] = Array.from({ length: STATE_CHUNKS }, () => []);
  private readonly keys: ReadonlyMap<string, number>;

  constructor(state: ProjectionState) {
    this.keys = new Map(keysInOrder(state).map(([thumbprint], number) => [thumbprint, number]));
    channelsInOrder(state).forEach(([, { signals }], channel) => {
      const types = [...signals].map(([name, byKey]) => ({ type: signalTypeByName(name)!.code, byKey }));
      types.sort((a, b) => a.type - b.type);
      for (const { type, byKey } of types) this.deal(channel, type, byKey.values());
    });
  }

  /**
   * Bytes of one chunk as a leaf.
   *
   * @param chunk 0 to 255.
   * @param salt 16 random bytes.
   */
  encode(chunk: number, salt: Uint8Array): Uint8Array {
    const sections = this.sections[chunk]!.map(({ channel, type, signals }) => {
      const spelled = signals.map(spell).sort((a, b) => compareBytes(a.key, b.key));
      return { channel, type, signals: spelled };
    });
    const size = sections.reduce(
      (sum, { signals }) => sum + SECTION_BYTES + sizeOf(signals),
      STATE_SALT_BYTES,
    );
    const writer = new ByteWriter(size);
    writer.put(salt);
    for (const { channel, type, signals } of sections) {
      writer.u16(channel);
      writer.u16(type);
      writer.u32(signals.length);
      for (const signal of signals) this.writeSignal(writer, signal);
    }
    return writer.bytes;
  }

  private deal(channel: number, type: number, signals: Iterable<SignalState>): void {
    const parts = new Map<number, SignalState[]>();
    for (const signal of signals) {
      const chunk = stateChunkOf(signal.key);
      const part = parts.get(chunk);
      if (part === undefined) parts.set(chunk, [signal]);
      else part.push(signal);
    }
    for (const [chunk, part] of parts) this.sections[chunk]!.push({ channel, type, signals: part });
  }

  private writeSignal(writer: ByteWriter, { key, latest, operations }: SpelledSignal): void {
    writer.put(key);
    writer.u64(latest);
    writer.u32(operations.length);
    for (const operation of operations) this.writeOperation(writer, operation);
  }

  private writeOperation(writer: ByteWriter, operation: AppliedOperation): void {
    const { index, line, key, labels, quality, expires } = operation;
    writer.u64(index);
    writer.u16(line);
    writer.u32(this.keys.get(key)!);
    writer.u8(flagsOf(operation));
    if (quality !== null) writer.u8(quality);
    if (expires !== null) writer.u32(expires);
    writer.u8(labels.length);
    for (const code of [...labels].sort((a, b) => a - b)) writer.u16(code);
  }
}

function spell({ key, latest, operations }: SignalState): SpelledSignal {
  const inLogOrder = [...operations.values()].flat().sort((a, b) => a.index - b.index || a.line - b.line);
  return { key, latest, operations: inLogOrder };
}

function sizeOf(signals: readonly SpelledSignal[]): number {
  let size = 0;
  for (const { key, operations } of signals) {
    size += key.length + SIGNAL_BYTES;
    for (const { labels, quality, expires } of operations) {
      size += OPERATION_BYTES + 2 * labels.length + (quality === null ? 0 : 1) + (expires === null ? 0 : 4);
    }
  }
  return size;
}

function flagsOf({ op, named, void: isVoid, quality, expires }: AppliedOperation): number {
  return (
    (op === 'retract' ? OPERATION_FLAGS.retract : 0) +
    (named ? OPERATION_FLAGS.named : 0) +
    (isVoid ? OPERATION_FLAGS.void : 0) +
    (quality === null ? 0 : OPERATION_FLAGS.quality) +
    (expires === null ? 0 : OPERATION_FLAGS.expires)
  );
}
