import { decodeStatement, fromHex, toHex, type KeyStatement, type Statement } from '#libs/protocol';
import { ByteSource, type ByteSink } from '../files/byte-sink.js';

/** A pack of a round. */
export interface Step {
  readonly step: number;
  /** As announced: set root after it, hex, and records then. */
  readonly root: string;
  readonly count: number;
}

/** A round as replayed signals are compared with it. */
export interface TimelineRound {
  readonly feed: string;
  /** Round of the feed, from 0. */
  readonly round: number;
  readonly logSize: number;
  readonly types: readonly {
    readonly type: string;
    readonly steps: readonly Step[];
    readonly broken: boolean;
  }[];
}

/** A rollup, to be compared with the rounds that it folds. */
export interface TimelineRollup {
  readonly feed: string;
  /** Its own index. */
  readonly round: number;
  readonly logSize: number;
  /** Leaves that it folds, `to` not included. */
  readonly from: number;
  readonly to: number;
  /** What is compared, and the steps of its packs. */
  readonly types: readonly { readonly type: string; readonly step: number }[];
}

/** A `state` statement, to be held to the state that was replayed up to `size`. */
export interface TimelineState {
  readonly index: number;
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** Hash of leaf 0 as the replay has it. */
  readonly directory: Uint8Array;
  /** Of all leaves in order. */
  readonly salts: Uint8Array;
}

/** What every partition is replayed along: statements that concern more than the signals of one submission, and rounds, in log order. */
export type TimelineItem =
  | { readonly kind: 'statement'; readonly index: number; readonly statement: Statement }
  | { readonly kind: 'round'; readonly round: TimelineRound }
  /** A snapshot: the set of its one type begins with it. */
  | { readonly kind: 'snapshot'; readonly round: TimelineRound }
  | { readonly kind: 'rollup'; readonly rollup: TimelineRollup }
  /** The state that a replay begins with: its leaf 0. Nothing is before it. */
  | { readonly kind: 'base'; readonly directory: Buffer }
  /** A key from before that state, which only signatures need. */
  | { readonly kind: 'base_key'; readonly statement: KeyStatement }
  /** What the records of that state must lead to, of one feed: its last round before, with a step for each type. */
  | { readonly kind: 'base_round'; readonly round: TimelineRound }
  | { readonly kind: 'state'; readonly state: TimelineState };

const KIND = {
  statement: 1,
  round: 2,
  base: 3,
  base_key: 4,
  base_round: 5,
  state: 6,
  rollup: 7,
  snapshot: 8,
} as const;

/** Statements without which signals would come out otherwise, or later submissions be judged otherwise. */
const TELLING: readonly Statement['kind'][] = [
  'hub',
  'channel',
  'member',
  'member_status',
  'key',
  'key_revoked',
  'right',
  'recall',
  'tick',
];

export function isTelling({ kind }: Statement): boolean {
  return TELLING.includes(kind);
}

export function putStatement(sink: ByteSink, index: number, leaf: Uint8Array): void {
  sink.u8(KIND.statement);
  sink.u64(index);
  putBytes(sink, leaf);
}

export function putRound(sink: ByteSink, round: TimelineRound): void {
  sink.u8(KIND.round);
  putBytes(sink, Buffer.from(JSON.stringify(round)));
}

export function putSnapshot(sink: ByteSink, snapshot: TimelineRound): void {
  sink.u8(KIND.snapshot);
  putBytes(sink, Buffer.from(JSON.stringify(snapshot)));
}

export function putRollup(sink: ByteSink, rollup: TimelineRollup): void {
  sink.u8(KIND.rollup);
  putBytes(sink, Buffer.from(JSON.stringify(rollup)));
}

export function putBase(sink: ByteSink, directory: Uint8Array): void {
  sink.u8(KIND.base);
  putBytes(sink, directory);
}

export function putBaseKey(sink: ByteSink, leaf: Uint8Array): void {
  sink.u8(KIND.base_key);
  putBytes(sink, leaf);
}

export function putBaseRound(sink: ByteSink, round: TimelineRound): void {
  sink.u8(KIND.base_round);
  putBytes(sink, Buffer.from(JSON.stringify(round)));
}

export function putState(sink: ByteSink, { index, size, root, directory, salts }: TimelineState): void {
  sink.u8(KIND.state);
  sink.u64(index);
  sink.u64(size);
  for (const bytes of [fromHex(root)!, directory, salts]) putBytes(sink, bytes);
}

export function readTimeline(bytes: Buffer): TimelineItem[] {
  const source = new ByteSource(bytes);
  const items: TimelineItem[] = [];
  while (!source.atEnd) items.push(takeItem(source));
  return items;
}

function takeItem(source: ByteSource): TimelineItem {
  switch (source.u8()) {
    case KIND.statement: {
      const index = source.u64();
      return { kind: 'statement', index, statement: decodeStatement(takeBytes(source)) };
    }
    case KIND.round:
      return { kind: 'round', round: takeJson<TimelineRound>(source) };
    case KIND.snapshot:
      return { kind: 'snapshot', round: takeJson<TimelineRound>(source) };
    case KIND.rollup:
      return { kind: 'rollup', rollup: takeJson<TimelineRollup>(source) };
    case KIND.base:
      return { kind: 'base', directory: takeBytes(source) };
    case KIND.base_key:
      return { kind: 'base_key', statement: decodeStatement(takeBytes(source)) as KeyStatement };
    case KIND.base_round:
      return { kind: 'base_round', round: takeJson<TimelineRound>(source) };
    default:
      return { kind: 'state', state: takeState(source) };
  }
}

function takeJson<T>(source: ByteSource): T {
  return JSON.parse(takeBytes(source).toString('utf8')) as T;
}

function takeState(source: ByteSource): TimelineState {
  const [index, size] = [source.u64(), source.u64()];
  const root = toHex(takeBytes(source));
  return { index, size, root, directory: takeBytes(source), salts: takeBytes(source) };
}

function putBytes(sink: ByteSink, bytes: Uint8Array): void {
  sink.u32(bytes.length);
  sink.put(bytes);
}

function takeBytes(source: ByteSource): Buffer {
  return source.take(source.u32());
}
