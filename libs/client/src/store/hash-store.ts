import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SIGNAL_TYPES, signalTypeByName, type SignalType } from '#libs/protocol';
import type { AnchorState } from '../anchor/anchor-state.js';
import { readAlarm, type StoredAlarm } from '../evidence/alarm-file.js';
import { ClientError } from '../client-error.js';
import { durableFiles } from '../files/durable-files.js';
import { isErrno } from '../files/read-file.js';
import { FeedDirectory } from './feed-directory.js';
import type { FeedState } from './feed-state.js';
import { readLabels } from './labels-file.js';
import { SetReader } from './set-reader.js';
import { sortedRecords } from './sorted-records.js';
import { RecordDescriber, type StoreRecord } from './store-record.js';

/** What a store holds of a feed. */
export interface StoredFeed {
  readonly feed: string;
  /** Name of its log. */
  readonly origin: string;
  /** Rounds applied. */
  readonly size: number;
  /** Root of the log at that size, hex. */
  readonly root: string;
  /** Exact text of the checkpoint that was applied last. */
  readonly note: string;
  /** Unix milliseconds of the last change. */
  readonly updatedAt: number;
  /** Time of the last round in Unix milliseconds, as the hub wrote and signed it; null before the first. */
  readonly asOf: number | null;
  readonly types: readonly { readonly type: string; readonly records: number; readonly root: string }[];
  /** What the provenance log says of the feed; null for stores of older versions. */
  readonly anchor: AnchorState | null;
  /** Why the feed is not updated at the moment, or null. What it holds stays good to match, and gets old. */
  readonly alarm: StoredAlarm | null;
}

interface OpenFeed {
  readonly state: FeedState;
  readonly alarm: StoredAlarm | null;
  readonly types: readonly OpenType[];
}

interface OpenType {
  readonly reader: SetReader;
  readonly describer: RecordDescriber;
}

/** Which part of a store to read. */
export interface StoreFilter {
  readonly feed?: string;
  readonly type?: string;
}

const OPEN_ATTEMPTS = 5;

/**
 * The feeds that were pulled into a directory, opened for reading at the state last committed. Nothing is loaded: a lookup
 * reads one bucket per type, about a kilobyte in a list of a million.
 */
export class HashStore {
  private constructor(
    readonly path: string,
    private readonly open: readonly OpenFeed[],
  ) {}

  /**
   * @throws ClientError `STORE_INVALID` when nothing was pulled into the directory (or not that feed), `STORE_DAMAGED`
   */
  static async open(path: string, { feed }: { feed?: string } = {}): Promise<HashStore> {
    const names = feed === undefined ? await feedsIn(path) : [feed];
    const open: OpenFeed[] = [];
    for (const name of names) {
      const found = await openFeed(join(path, name));
      if (found !== null) open.push(found);
    }
    if (open.length > 0) return new HashStore(path, open);
    const what = feed === undefined ? 'any feed' : `feed ${feed}`;
    throw new ClientError('STORE_INVALID', path, `nothing of ${what} was pulled into it; run: cairn pull`);
  }

  /** Closes the files. */
  close(): void {
    for (const { types } of this.open) for (const { reader } of types) reader.close();
  }

  /** What the store holds. */
  get feeds(): readonly StoredFeed[] {
    return this.open.map(({ state, alarm }) => ({
      feed: state.feed,
      origin: state.origin,
      size: state.size,
      root: state.root,
      note: state.note,
      updatedAt: state.updatedAt,
      asOf: state.asOf,
      types: Object.entries(state.types).map(([type, { count, root }]) => ({ type, records: count, root })),
      anchor: state.anchor,
      alarm,
    }));
  }

  /**
   * The records of a value in every feed and type it can be of, or only in `type`. Upper-case hex is understood.
   *
   * @returns null when the value can be of no type (or not of that one)
   * @throws ClientError `STORE_DAMAGED`
   */
  lookup(value: string, type?: string): StoreRecord[] | null {
    const keys = keysOf(value.toLowerCase(), type);
    if (keys.length === 0) return null;
    return this.open.flatMap(({ types }) =>
      types.flatMap(({ reader, describer }) => {
        const key = keys.find((candidate) => candidate.type.name === reader.type)?.key;
        const record = key === undefined ? null : reader.find(key);
        return record === null ? [] : [describer.describe(record)];
      }),
    );
  }

  /** Records in order of feed, type and key, one by one. */
  *records({ feed, type }: StoreFilter = {}): Generator<StoreRecord, void, undefined> {
    for (const { state, types } of this.open) {
      if (feed !== undefined && state.feed !== feed) continue;
      for (const { reader, describer } of types) {
        if (type !== undefined && reader.type !== type) continue;
        for (const record of sortedRecords(reader)) yield describer.describe(record);
      }
    }
  }

  /**
   * Checks every byte against the committed set roots.
   *
   * @throws ClientError `STORE_DAMAGED` for the first that differs
   */
  verify(): void {
    for (const { types } of this.open) for (const { reader } of types) reader.verify();
  }
}

/** The types that a value can be of, with its key in each. */
function keysOf(value: string, only?: string): { type: SignalType; key: Uint8Array }[] {
  const types =
    only === undefined ? SIGNAL_TYPES : [signalTypeByName(only)].filter((type) => type !== undefined);
  return types.flatMap((type) => {
    const parsed = type.parse(value);
    return parsed.ok ? [{ type, key: parsed.key }] : [];
  });
}

/** Names of the directories in a store, each of a feed. */
export async function feedsIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return [];
    throw error;
  }
}

/** Between reading a state and opening its files a pull may commit and remove them: then the newer state is read. */
async function openFeed(path: string): Promise<OpenFeed | null> {
  const directory = new FeedDirectory(path, durableFiles);
  for (let attempt = 1; ; attempt++) {
    const state = await directory.readState();
    if (state === null) return null;
    try {
      const labels = await readLabels(path);
      const types = openReaders(path, state).map((reader) => ({
        reader,
        describer: new RecordDescriber(state.feed, reader.type, labels),
      }));
      return { state, alarm: await readAlarm(path), types };
    } catch (cause) {
      if (!isErrno(cause, 'ENOENT')) throw cause;
      if (attempt === OPEN_ATTEMPTS)
        throw new ClientError('STORE_DAMAGED', path, 'files are missing', { cause });
    }
  }
}

function openReaders(path: string, { types }: FeedState): SetReader[] {
  const readers: SetReader[] = [];
  try {
    for (const type of Object.keys(types).sort()) readers.push(new SetReader(path, type, types[type]!));
    return readers;
  } catch (error) {
    for (const reader of readers) reader.close();
    throw error;
  }
}
