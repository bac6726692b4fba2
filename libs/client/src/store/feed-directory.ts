import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import { replaceDurably, writeDurably, type DurableFiles } from '../files/durable-files.js';
import { EvidenceDirectory } from '../evidence/evidence-directory.js';
import { FileLock } from '../files/file-lock.js';
import { isErrno, readJsonFile } from '../files/read-file.js';
import { BucketIndex } from './bucket-index.js';
import { formatFeedState, readFeedState, type FeedState, type TypeState } from './feed-state.js';

const OWN_FILE = /^[a-z0-9-]+\.\d+\.(data|index)$/;

/**
 * The directory of one feed in a store. `state.json` names the files that hold the committed state; replacing it is the
 * one step that commits. Files it does not name are left over from a run that broke off.
 */
export class FeedDirectory {
  /** What is kept of contradictions. */
  readonly evidence: EvidenceDirectory;

  constructor(
    readonly path: string,
    private readonly files: DurableFiles,
  ) {
    this.evidence = new EvidenceDirectory(files, path);
  }

  /** Keeps every other process from changing this feed. Makes the directory when there is none. */
  async lock(): Promise<FileLock> {
    await this.files.makeDirectory(this.path);
    return FileLock.acquire(join(this.path, 'lock'));
  }

  /** The committed state, or null when nothing was ever pulled. */
  async readState(): Promise<FeedState | null> {
    const path = join(this.path, 'state.json');
    const json = await readJsonFile(path, 'STORE_INVALID');
    return json === null ? null : readFeedState(json, path);
  }

  /**
   * Makes a state the committed one. All files it names must be durable.
   *
   * @throws ClientError `BUSY` when the lock was lost meanwhile: somebody else goes on from the old state
   */
  async commit(state: FeedState, lock: FileLock): Promise<void> {
    await this.files.syncDirectory(this.path);
    if (!(await lock.isHeld())) {
      throw new ClientError('BUSY', this.path, 'another process took over while this one was suspended');
    }
    await replaceDurably(this.files, join(this.path, 'state.json'), formatFeedState(state));
  }

  /** Removes the files that none of the states names. */
  async sweep(states: readonly (FeedState | null)[]): Promise<void> {
    const types = states.flatMap((state) => Object.values(state?.types ?? {}));
    const named = new Set(types.flatMap(({ data, index }) => [data.name, index]));
    for (const name of await readdir(this.path)) {
      if (OWN_FILE.test(name) && !named.has(name)) await this.files.remove(join(this.path, name));
    }
  }

  /** The index of a type, or an empty one. */
  async readIndex(type: TypeState | undefined): Promise<BucketIndex> {
    if (type === undefined) return BucketIndex.empty();
    const path = join(this.path, type.index);
    const index = BucketIndex.restore(await readOwn(path), path);
    if (index.root() === type.root) return index;
    throw new ClientError('STORE_DAMAGED', path, 'does not lead to the root that was committed');
  }

  async writeIndex(name: string, index: BucketIndex): Promise<void> {
    await writeDurably(this.files, join(this.path, name), index.bytes);
  }
}

async function readOwn(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) throw new ClientError('STORE_DAMAGED', path, 'is missing', { cause });
    throw cause;
  }
}
