import { MAX_QUALITY } from '../feed/index.js';
import { LIMITS } from '../limits.js';
import type { AppliedOperation, KeyState, ProjectionState, SignalState } from '../projection/state.js';
import { signalTypeByCode } from '../signal-types/registry.js';
import type { SignalType } from '../signal-types/signal-type.js';
import { parseDay } from '../submission/day.js';
import { StateChunkReader } from './state-chunk-reader.js';
import { stateChunkOf, stateLeafBody } from './state-leaves.js';
import { ALL_OPERATION_FLAGS, OPERATION_FLAGS } from './state-operation.js';
import { channelsInOrder, keysInOrder } from './state-order.js';

/** A signal as a chunk has it. */
export interface StoredSignal {
  channel: string;
  type: SignalType;
  /** Its metadata is null and its reason 0: the one follows from the operations, the other from what is yet to come. */
  signal: SignalState;
}

interface StoredChannel {
  name: string;
  /** Label codes that the policy has. */
  codes: ReadonlySet<number>;
}

interface Section {
  channel: StoredChannel;
  type: SignalType;
  chunk: number;
}

const LAST_DAY = parseDay('9999-12-31')!;
const GREATEST_CODE = 0xffff;

/** Reads the chunks of one state. Only the one spelling is accepted. */
export class StateChunkDecoder {
  private readonly size: number;
  private readonly channels: readonly StoredChannel[];
  private readonly keys: readonly [string, KeyState][];

  /** `directory` is what `decodeStateDirectory` returned; signals may have been added to it. */
  constructor(directory: ProjectionState) {
    this.size = directory.size;
    this.channels = channelsInOrder(directory).map(([name, { labelCodes }]) => {
      return { name, codes: new Set(labelCodes.values()) };
    });
    this.keys = keysInOrder(directory);
  }

  /**
   * The signals of a chunk, one by one as they are asked for. Nothing vouches for them before the root of all leaves is met.
   *
   * @param chunk 0 to 255.
   * @throws ProtocolError TOO_LARGE, BAD_FRAMING or BAD_FIELD, while it is read.
   */
  *decode(chunk: number, leaf: Uint8Array): Generator<StoredSignal, void> {
    const reader = new StateChunkReader(stateLeafBody(leaf));
    let last = -1;
    while (!reader.atEnd) {
      const number = reader.u16('channel');
      const code = reader.u16('type');
      const channel = this.channels[number] ?? reader.fail('must name a channel of the directory');
      const type = signalTypeByCode(code) ?? reader.fail('must name a known signal type');
      const place = number * (GREATEST_CODE + 1) + code;
      reader.check(place > last, 'section', 'must be distinct and in ascending order');
      last = place;
      const section = { channel, type, chunk };
      for (const signal of this.section(reader, section)) yield { channel: channel.name, type, signal };
    }
  }

  private *section(reader: StateChunkReader, section: Section): Generator<SignalState, void> {
    const count = reader.u32('count');
    reader.check(count > 0, 'count', 'must be at least 1');
    let last: Uint8Array | null = null;
    for (let i = 0; i < count; i++) {
      // A view would keep the whole chunk in memory for as long as the signal.
      const key = reader.take(section.type.keyLength, 'key').slice();
      reader.requireAfter(last, key);
      reader.check(stateChunkOf(key) === section.chunk, 'key', 'must belong to the chunk');
      yield this.signal(reader, section, key);
      last = key;
    }
  }

  private signal(reader: StateChunkReader, section: Section, key: Uint8Array): SignalState {
    const latest = reader.u64('latest');
    const count = reader.u32('operations');
    const operations = new Map<string, AppliedOperation[]>();
    let last = { index: -1, line: -1 };
    for (let i = 0; i < count; i++) {
      const operation = this.operation(reader, section);
      const { index, line, member } = operation;
      const ascends = index > last.index || (index === last.index && line > last.line);
      reader.check(ascends, 'operations', 'must be distinct and in log order');
      last = operation;
      const ofMember = operations.get(member);
      if (ofMember === undefined) operations.set(member, [operation]);
      else ofMember.push(operation);
    }
    const rule = 'must be below the size and not before an operation';
    reader.check(latest < this.size && latest >= last.index, 'latest', rule);
    return { key, latest, operations, reason: 0, metadata: null };
  }

  private operation(reader: StateChunkReader, section: Section): AppliedOperation {
    const index = reader.u64('index');
    const line = reader.u16('line');
    reader.check(line < LIMITS.entries, 'line', 'must be a line of a submission');
    const [key, { member, purpose }] =
      this.keys[reader.u32('key')] ?? reader.fail('must name a key of the directory');
    reader.check(purpose === 'signing', 'key', 'must be a signing key');
    const flags = reader.u8('flags');
    reader.check(flags <= ALL_OPERATION_FLAGS, 'flags', 'must have no bit without a meaning');
    const has = (flag: keyof typeof OPERATION_FLAGS) => (flags & OPERATION_FLAGS[flag]) !== 0;
    const quality = has('quality') ? readQuality(reader, section) : null;
    const expires = has('expires') ? readExpires(reader) : null;
    const labels = readLabels(reader, section);
    const bare = quality === null && expires === null && labels.length === 0;
    reader.check(bare || !has('retract'), 'flags', 'a retraction has neither quality, expiry nor labels');
    const op = has('retract') ? 'retract' : 'assert';
    return { index, line, member, key, op, named: has('named'), labels, quality, expires, void: has('void') };
  }
}

function readQuality(reader: StateChunkReader, { type }: Section): number {
  const quality = reader.u8('quality');
  const rule = `must be 0 to ${MAX_QUALITY}, of a perceptual type`;
  reader.check(type.perceptual && quality <= MAX_QUALITY, 'quality', rule);
  return quality;
}

function readExpires(reader: StateChunkReader): number {
  const expires = reader.u32('expires');
  reader.check(expires <= LAST_DAY, 'expires', 'must be a day of the calendar');
  return expires;
}

function readLabels(reader: StateChunkReader, { channel }: Section): number[] {
  const count = reader.u8('labels');
  reader.check(count <= LIMITS.labels, 'labels', `must be at most ${LIMITS.labels}`);
  const labels: number[] = [];
  for (let i = 0; i < count; i++) {
    const code = reader.u16('label');
    reader.check(i === 0 || labels[i - 1]! < code, 'labels', 'must be distinct and in ascending order');
    reader.check(channel.codes.has(code), 'labels', 'must be codes of the channel');
    labels.push(code);
  }
  return labels;
}
