import { packKey, packMetadata, packValue, type Change, type KeyColumn, type Pack } from '#libs/protocol';
import { compareKeyAt } from './compare-keys.js';

/** Which part of a sorted list of changes is asked for. */
export interface KeyRange {
  /** Only keys above this one; null for all. */
  readonly after: Uint8Array | null;
  /** Only keys up to and with this one; null for all. */
  readonly upTo: Uint8Array | null;
}

/** The first `most` changes of a pack within a range, in order of key. Reads nothing of the pack that lies outside of it. */
export function changesInRange(pack: Pack, range: KeyRange, most: number): Change[] {
  const sections = [
    section(pack, pack.added, range, (at) => ({
      op: 'add',
      key: packKey(pack, pack.added, at),
      metadata: packMetadata(pack, pack.added, at),
      value: packValue(pack, at),
    })),
    section(pack, pack.updated, range, (at) => ({
      op: 'update',
      key: packKey(pack, pack.updated, at),
      metadata: packMetadata(pack, pack.updated, at),
    })),
    section(pack, pack.removed, range, (at) => ({
      op: 'remove',
      key: packKey(pack, pack.removed, at),
      reason: pack.removed.reasons[at]!,
    })),
  ];
  const changes: Change[] = [];
  while (changes.length < most) {
    const next = leastHead(sections);
    if (next === null) break;
    changes.push(next.read(next.at));
    next.at += 1;
  }
  return changes;
}

/** What a pack does to the record of a key; null when it does nothing. */
export function operationOn(pack: Pack, key: Uint8Array): Change['op'] | null {
  if (holds(pack, pack.added, key)) return 'add';
  if (holds(pack, pack.updated, key)) return 'update';
  return holds(pack, pack.removed, key) ? 'remove' : null;
}

function holds(pack: Pack, column: KeyColumn, key: Uint8Array): boolean {
  const last = countUpTo(pack, column, key) - 1;
  return last >= 0 && compareKeyAt(column.keys, last * pack.keyLength, key) === 0;
}

interface Section {
  readonly pack: Pack;
  readonly column: KeyColumn;
  /** Index after the last key of the range. */
  readonly end: number;
  readonly read: (at: number) => Change;
  at: number;
}

function section(pack: Pack, column: KeyColumn, range: KeyRange, read: (at: number) => Change): Section {
  const at = range.after === null ? 0 : countUpTo(pack, column, range.after);
  const end = range.upTo === null ? column.count : countUpTo(pack, column, range.upTo);
  return { pack, column, end, read, at };
}

/** How many keys of a column are at most `key`. */
function countUpTo(pack: Pack, column: KeyColumn, key: Uint8Array): number {
  let low = 0;
  let high = column.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeyAt(column.keys, middle * pack.keyLength, key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The section whose next key is the least; the sections of a pack share no key. */
function leastHead(sections: readonly Section[]): Section | null {
  let least: Section | null = null;
  for (const candidate of sections) {
    if (candidate.at >= candidate.end) continue;
    if (least === null || isBelow(candidate, least)) least = candidate;
  }
  return least;
}

/** Whether the next key of one section is below that of another. */
function isBelow({ pack, column, at }: Section, other: Section): boolean {
  return compareKeyAt(column.keys, at * pack.keyLength, packKey(other.pack, other.column, other.at)) < 0;
}
