import { decodeStatement, type Statement } from '#libs/protocol';
import { ByteSource, type ByteSink } from './byte-sink.js';

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

/** What every partition is replayed along: statements that concern more than the signals of one submission, and rounds, in log order. */
export type TimelineItem =
  | { readonly kind: 'statement'; readonly index: number; readonly statement: Statement }
  | { readonly kind: 'round'; readonly round: TimelineRound };

const STATEMENT = 1;
const ROUND = 2;

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
  sink.u8(STATEMENT);
  sink.u64(index);
  sink.u32(leaf.length);
  sink.put(leaf);
}

export function putRound(sink: ByteSink, round: TimelineRound): void {
  const text = Buffer.from(JSON.stringify(round));
  sink.u8(ROUND);
  sink.u32(text.length);
  sink.put(text);
}

export function readTimeline(bytes: Buffer): TimelineItem[] {
  const source = new ByteSource(bytes);
  const items: TimelineItem[] = [];
  while (!source.atEnd) {
    if (source.u8() === STATEMENT) {
      const index = source.u64();
      items.push({ kind: 'statement', index, statement: decodeStatement(source.take(source.u32())) });
    } else {
      const text = source.take(source.u32()).toString('utf8');
      items.push({ kind: 'round', round: JSON.parse(text) as TimelineRound });
    }
  }
  return items;
}
