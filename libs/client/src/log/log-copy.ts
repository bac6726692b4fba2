import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '#libs/protocol';
import { CompactRange, equalBytes, leafHash, TlogError } from '#libs/tlog';
import { ClientError } from '../client-error.js';
import { durableFiles, PRIVATE_FILE, replaceDurably, type WritableFile } from '../files/durable-files.js';
import { EvidenceDirectory } from '../evidence/evidence-directory.js';
import { encodeForkEvidence } from '../evidence/fork-evidence.js';
import { readJsonFile } from '../files/read-file.js';
import { extendHead, requireNotBehind } from './extend-head.js';
import type { VerifiedHead } from './open-checkpoint.js';
import { proveFork } from './prove-fork.js';
import type { StaticLog } from './static-log.js';
import { ByteSink } from '../files/byte-sink.js';

/** What is verified of the copy. */
interface CopyState extends VerifiedHead {
  readonly frontier: Uint8Array;
  /** Bytes of the leaves in the file. */
  readonly bytes: number;
}

/** What evidence about a log says it is about. */
export interface LogNames {
  /** The hub's name. */
  readonly hub: string;
  /** Name of the log, as in its checkpoints. */
  readonly origin: string;
}

/** A leaf with its place, and where the next one begins in the file. */
export interface CopiedLeaf {
  readonly index: number;
  readonly leaf: Uint8Array;
  readonly next: number;
}

const READ_BYTES = 1024 * 1024;
const WRITE_BYTES = 1024 * 1024;

/**
 * A copy of a log on the disk, every leaf of which leads to a verified head: nothing hidden, altered, inserted or out of order
 * (c2sp.org/tlog-tiles; RFC 9162 §2.1). It only grows, and a log that contradicts it is evidence. Needs memory for one bundle.
 */
export class LogCopy {
  private constructor(
    private readonly directory: string,
    private readonly log: StaticLog,
    private readonly names: LogNames,
    private readonly evidence: EvidenceDirectory,
    private state: CopyState | null,
  ) {}

  /** @throws ClientError `LOG_STOPPED` after a fork, `STORE_INVALID` */
  static async open(directory: string, log: StaticLog, names: LogNames): Promise<LogCopy> {
    await durableFiles.makeDirectory(directory);
    const evidence = new EvidenceDirectory(durableFiles, directory);
    await evidence.requireNoFork();
    return new LogCopy(directory, log, names, evidence, await readState(join(directory, 'copy.json')));
  }

  /** Leaves of the copy. */
  get size(): number {
    return this.state?.size ?? 0;
  }

  get note(): string | null {
    return this.state?.note ?? null;
  }

  /**
   * Fetches the leaves up to a verified head.
   *
   * @throws ClientError `LOG_ROLLBACK`, `LOG_FORK`, `LOG_MISMATCH`, `LOG_GAP`; both notes are kept as evidence when two contradict
   */
  async extend(head: VerifiedHead, onLeaves: (size: number) => void = () => undefined): Promise<void> {
    const { state } = this;
    try {
      if (state !== null) requireNotBehind(this.log.name, state, head);
      if (state?.size !== head.size) this.state = await this.append(head, onLeaves);
    } catch (error) {
      throw await this.withEvidence(error, head);
    }
  }

  /**
   * The leaves behind the copy up to a later head, which are not put into it.
   *
   * @throws ClientError as `extend` does
   */
  async leavesBehind(head: VerifiedHead): Promise<readonly Uint8Array[]> {
    try {
      return (await extendHead(this.log, this.state, head, this.size)).leaves;
    } catch (error) {
      throw await this.withEvidence(error, head);
    }
  }

  /** The leaves from one on, of which the place in the file is known. */
  async *leaves(index: number, offset: number): AsyncGenerator<CopiedLeaf, void, undefined> {
    if (this.state === null || index >= this.state.size) return;
    const handle = await open(this.leavesFile, 'r');
    try {
      let rest = Buffer.alloc(0);
      let at = offset;
      for (let position = offset; index < this.state.size;) {
        const { bytesRead, buffer } = await handle.read(
          Buffer.allocUnsafe(READ_BYTES),
          0,
          READ_BYTES,
          position,
        );
        if (bytesRead === 0)
          throw new ClientError('STORE_DAMAGED', this.leavesFile, 'is shorter than it was');
        position += bytesRead;
        rest = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        let from = 0;
        for (; index < this.state.size; index++) {
          const end = from + 2 + (rest.length - from < 2 ? Infinity : rest.readUInt16BE(from));
          if (end > rest.length) break;
          at += end - from;
          yield { index, leaf: rest.subarray(from + 2, end), next: at };
          from = end;
        }
        rest = rest.subarray(from);
      }
    } finally {
      await handle.close();
    }
  }

  private async append(head: VerifiedHead, onLeaves: (size: number) => void): Promise<CopyState> {
    const { state, log } = this;
    const range =
      state === null ? CompactRange.empty() : CompactRange.restore(state.size, state.frontier, state.root);
    const from = state?.bytes ?? 0;
    const file =
      from === 0
        ? await durableFiles.create(this.leavesFile, PRIVATE_FILE)
        : await durableFiles.openExisting(this.leavesFile);
    try {
      await file.truncate(from);
      const bytes = await this.fetchInto(file, from, range, head, onLeaves);
      if (!equalBytes(range.root(), head.root)) throw await this.explain(head);
      await file.sync();
      const next = { ...head, frontier: range.frontier(), bytes };
      await replaceDurably(durableFiles, join(this.directory, 'copy.json'), textOf(next));
      return next;
    } catch (error) {
      if (error instanceof TlogError)
        throw new ClientError('STORE_DAMAGED', log.name, error.message, { cause: error });
      throw error;
    } finally {
      await file.close();
    }
  }

  private async fetchInto(
    file: WritableFile,
    from: number,
    range: CompactRange,
    { size }: VerifiedHead,
    onLeaves: (size: number) => void,
  ): Promise<number> {
    const sink = new ByteSink();
    let end = from;
    const flush = async (): Promise<void> => {
      await file.write(sink.view(), end);
      end += sink.length;
      sink.empty();
    };
    for await (const bundle of this.log.leaves(range.size, size, size)) {
      for (const leaf of bundle) {
        range.append(leafHash(leaf));
        sink.u16(leaf.length);
        sink.put(leaf);
      }
      onLeaves(range.size);
      if (sink.length >= WRITE_BYTES) await flush();
    }
    await flush();
    if (range.size === size) return end;
    throw new ClientError('LOG_GAP', this.log.name, 'leaves are missing before its end');
  }

  /** Whether the signed root itself belies the copy, which the log's own tiles prove, or only the files served do. */
  private async explain(head: VerifiedHead): Promise<ClientError> {
    const { state, log } = this;
    const reason = `the leaves up to ${head.size} do not lead to the signed root`;
    const mismatch = new ClientError('LOG_MISMATCH', log.name, reason);
    if (state === null || state.size === 0) return mismatch;
    if ((await proveFork(log.tiles(head.size), state, head)) === null) return mismatch;
    const how = 'the new root has another past; tell the alliance and other members';
    return new ClientError('LOG_FORK', log.name, `its key signed two histories (${how})`);
  }

  private async withEvidence(error: unknown, head: VerifiedHead): Promise<unknown> {
    if (!(error instanceof ClientError) || this.state === null) return error;
    if (!['LOG_FORK', 'LOG_MISMATCH', 'LOG_ROLLBACK'].includes(error.code)) return error;
    const path = await this.keepHeads(this.state, head);
    const reason = `${error.reason}; both notes are kept in ${path}`;
    return new ClientError(error.code, error.subject, reason, { cause: error });
  }

  /** Both heads as one file of evidence, the smaller first. */
  private async keepHeads(state: CopyState, head: VerifiedHead): Promise<string> {
    const { hub: origin, origin: log } = this.names;
    const [first, second] = state.size <= head.size ? [state, head] : [head, state];
    const fork = first.size === 0 ? null : await proveFork(this.log.tiles(second.size), first, second);
    const heads = { first: { note: first.note }, second: { note: second.note } };
    const file = encodeForkEvidence({ origin, log, ...heads, fork, seen: Date.now() });
    return this.evidence.keep(fork === null ? 'mismatch' : 'fork', `${state.note}\0${head.note}`, file);
  }

  private get leavesFile(): string {
    return join(this.directory, 'leaves');
  }
}

function textOf({ size, root, note, frontier, bytes }: CopyState): string {
  return `${JSON.stringify({ size, root: toHex(root), note, frontier: toHex(frontier), bytes })}\n`;
}

async function readState(path: string): Promise<CopyState | null> {
  const json = await readJsonFile(path, 'STORE_INVALID');
  if (json === null) return null;
  const { size, root, note, frontier, bytes } = json;
  const hash = typeof root === 'string' ? fromHex(root) : null;
  const edge = typeof frontier === 'string' ? fromHex(frontier) : null;
  const known = typeof size === 'number' && typeof note === 'string' && typeof bytes === 'number';
  if (known && hash !== null && edge !== null) return { size, root: hash, note, frontier: edge, bytes };
  throw new ClientError('STORE_INVALID', path, 'is not a copy that this client wrote');
}
