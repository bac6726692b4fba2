import { signalTypeByName } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { DurableFiles } from '../files/durable-files.js';
import type { FeedDirectory } from '../store/feed-directory.js';
import type { TypeState } from '../store/feed-state.js';
import { BucketIndex } from '../store/bucket-index.js';
import { SetWriter, type DataFile } from '../store/set-writer.js';
import { ChangeWindow, type Contradiction } from './change-window.js';
import type { OpenedPack } from './fetch-packs.js';
import type { PackColumns } from './pack-columns.js';
import type { TypePlan } from './pull-plan.js';
import type { PullClock } from './pull-timing.js';

/** What bounds the memory of a pull, and the size of the store. */
export interface ApplyLimits {
  /** Bytes of packs that are applied together. */
  readonly windowBytes: number;
  /** Packs that are applied together, at most 65,536. */
  readonly windowPacks: number;
  /** A data file is written anew when more than half of it, and more bytes than this, are garbage. */
  readonly garbageBytes: number;
}

const LIMITS: ApplyLimits = {
  windowBytes: 64 * 1024 * 1024,
  windowPacks: 4096,
  garbageBytes: 32 * 1024 * 1024,
};

/** Where a type is written. */
export interface ApplyTarget {
  readonly files: DurableFiles;
  readonly directory: FeedDirectory;
  /** The committed state of the type, if any. */
  readonly before: TypeState | undefined;
  /** Number of the commit that is being prepared. */
  readonly commit: number;
  readonly clock: PullClock;
  /** Those of use unless given. */
  readonly limits?: ApplyLimits;
}

/**
 * Applies packs of one type that follow one another, and writes what then holds beside the committed files. Each bucket
 * is hashed once for all packs of a window; roots between them are computed only to name the pack at fault when the
 * root at the end is wrong.
 *
 * @returns the state of the type to commit; its files are durable, their names not yet
 * @throws ClientError `PACK_CONTRADICTION`, `SET_ROOT`, `PACK_INVALID`, `STORE_DAMAGED`, or as fetching does
 */
export async function applyPacks(
  target: ApplyTarget,
  plan: TypePlan,
  packs: AsyncIterable<OpenedPack>,
): Promise<TypeState> {
  const { clock, limits = LIMITS } = target;
  const build = new TypeBuild(target, plan.type);
  try {
    let window: OpenedPack[] = [];
    let bytes = 0;
    for await (const pack of clock.timeEach('packs', packs)) {
      await build.require(pack);
      window.push(pack);
      bytes += pack.columns.bytes.length;
      if (bytes < limits.windowBytes && window.length < limits.windowPacks) continue;
      await clock.time('apply', () => build.apply(window));
      [window, bytes] = [[], 0];
    }
    await clock.time('apply', () => build.apply(window));
    return await clock.time('commit', () => build.finish(plan));
  } finally {
    await build.close();
  }
}

/** One type on its way from the committed state to the next. */
class TypeBuild {
  private writer: SetWriter | null = null;
  private shape: { keyLength: number; hasValues: boolean } | undefined;

  constructor(
    private readonly target: ApplyTarget,
    private readonly type: string,
  ) {
    const known = signalTypeByName(type);
    this.shape = target.before ?? (known && { keyLength: known.keyLength, hasValues: false });
  }

  /** Refuses a pack of another shape; opens the files at the first one. */
  async require({ planned, columns }: OpenedPack): Promise<void> {
    this.shape ??= { keyLength: columns.keyLength, hasValues: columns.hasValues };
    if (columns.keyLength !== this.shape.keyLength || columns.hasValues !== this.shape.hasValues) {
      throw new ClientError('PACK_INVALID', planned.subject, 'has keys of another length than its type');
    }
    const { directory, before } = this.target;
    this.writer ??= await this.open(await directory.readIndex(before), before?.data ?? null);
  }

  /** Applies a window; when the root after it is wrong, finds out which pack is to blame. */
  async apply(window: readonly OpenedPack[]): Promise<void> {
    const last = window.at(-1);
    if (last === undefined) return;
    const { index, data } = this.writer!;
    const before = Buffer.from(index.bytes);
    const contradiction = await this.writer!.apply(new ChangeWindow(columnsOf(window)));
    if (contradiction === null && index.root() === last.planned.announced.root) return;
    if (window.length === 1) throw blame(last, contradiction);
    await this.writer!.close();
    this.writer = await this.open(BucketIndex.restore(before, this.type), data);
    for (const pack of window) await this.apply([pack]);
  }

  async finish({ count, root }: TypePlan): Promise<TypeState> {
    await this.compact();
    const writer = this.writer!;
    await writer.sync();
    const index = `${this.type}.${this.target.commit}.index`;
    await this.target.directory.writeIndex(index, writer.index);
    return { ...this.shape!, count, root, data: writer.data, index };
  }

  async close(): Promise<void> {
    await this.writer?.close();
  }

  /** Goes on with a data file, or begins a new one. */
  private open(index: BucketIndex, data: DataFile | null, part = 0): Promise<SetWriter> {
    const { files, directory, commit } = this.target;
    const fresh = `${this.type}.${2 * commit + part}.data`;
    return SetWriter.open(files, directory.path, index, this.shape!.keyLength, data, fresh);
  }

  private async compact(): Promise<void> {
    const full = this.writer!;
    const garbage = full.data.length - full.data.live;
    const { garbageBytes } = this.target.limits ?? LIMITS;
    if (garbage <= garbageBytes || garbage <= full.data.live) return;
    // A copy of the index, because the old places are needed while the new ones are written.
    const index = BucketIndex.restore(Buffer.from(full.index.bytes), this.type);
    this.writer = await this.open(index, null, 1);
    try {
      await this.writer.copyFrom(full);
    } finally {
      await full.close();
    }
  }
}

function columnsOf(window: readonly OpenedPack[]): PackColumns[] {
  return window.map(({ columns }) => columns);
}

function blame({ planned }: OpenedPack, contradiction: Contradiction | null): ClientError {
  return contradiction === null
    ? new ClientError(
        'SET_ROOT',
        planned.subject,
        'the set after it has not the root that the round announces',
      )
    : new ClientError('PACK_CONTRADICTION', planned.subject, contradiction.reason);
}
