import {
  decodeMetadata,
  formatDay,
  removalReasonName,
  type Change,
  type Metadata,
  type SignalType,
} from '#libs/protocol';
import type { Assurance, FeedChange, RecordStatus } from './feed-delta.types.js';

/** Words for the codes that stand in packs. */
export interface CodeBook {
  labels: ReadonlyMap<number, string>;
  members: ReadonlyMap<number, string>;
}

/** Changes of a pack as a reader without the pack format sees them. */
export function toFeedChanges(type: SignalType, changes: readonly Change[], words: CodeBook): FeedChange[] {
  return changes.map((change) => {
    const value = type.format(change.key);
    if (change.op === 'remove') return { op: 'REMOVED', value, reason: removalReasonName(change.reason) };
    const op = change.op === 'add' ? 'ADDED' : 'UPDATED';
    return { op, value, ...describe(decodeMetadata(change.metadata), words) };
  });
}

/** Codes of the authors that changes name. */
export function authorCodes(changes: readonly Change[]): number[] {
  const codes = new Set<number>();
  for (const change of changes) {
    if (change.op === 'remove') continue;
    for (const code of decodeMetadata(change.metadata).authors) codes.add(code);
  }
  return [...codes];
}

function describe(metadata: Metadata, { labels, members }: CodeBook): Omit<FeedChange, 'op' | 'value'> {
  const { status, assurance, supporters, expiryDay, quality } = metadata;
  return {
    status: status.toUpperCase() as keyof typeof RecordStatus,
    assurance: assurance.toUpperCase() as keyof typeof Assurance,
    supporters,
    labels: metadata.labels.map(({ code, count }) => ({ label: wordFor(labels, code), count })),
    ...(expiryDay === undefined ? {} : { expires: formatDay(expiryDay) }),
    ...(quality === undefined ? {} : { quality }),
    authors: metadata.authors.map((code) => wordFor(members, code)),
  };
}

/** Codes are never reused and labels never removed, so one that is not in the book means that database and packs have parted. */
function wordFor(book: ReadonlyMap<number, string>, code: number): string {
  const word = book.get(code);
  if (word === undefined) throw new Error(`a pack holds the code ${code}, which stands for nothing`);
  return word;
}
