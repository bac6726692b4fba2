import { hash, randomBytes } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject, type Manifest } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { replaceDurably, writeDurably, type DurableFiles } from '../files/durable-files.js';
import { FileLock } from '../files/file-lock.js';
import { isErrno, namesIn, readIfThere, readJsonFile } from '../files/read-file.js';
import type { Batch, SignedManifest } from './batches.js';
import type { EntryPlace } from './entry-draft.js';

/** What makes two calls the same run. */
export interface RunKey {
  readonly member: string;
  /** The hub's name. */
  readonly origin: string;
  readonly channel: string;
  readonly attribution: Manifest['attribution'];
  /** Stands for the input: digest of files and options, or of the entries. */
  readonly identity: string;
}

/** What a run holds, as `run.json` in its directory says. */
export interface RunInfo extends RunKey {
  /** Unix milliseconds. */
  readonly preparedAt: number;
  readonly entries: number;
  readonly batches: readonly { readonly jti: string; readonly count: number }[];
}

/** A run in the outbox: its batches are complete and signed, some or all are sent. */
export interface Run {
  readonly name: string;
  readonly path: string;
  readonly info: RunInfo;
}

/** That a batch is in the log, as the hub told it. */
export interface LoggedBatch {
  /** c2sp.org/tlog-proof text. */
  readonly proof: string;
  /** Exact texts of the leaf and of what it commits to; `content` is null for an author who does not receive the channel. */
  readonly leaf: string;
  readonly author: string;
  readonly content: string | null;
  readonly logIndex: number;
}

/** A promise to log a batch that is not known to have been kept. */
export interface UnprovedPromise {
  readonly jti: string;
  readonly channel: string;
  /** Unix milliseconds. */
  readonly deadline: number;
}

const VERSION = 'cairn-outbox/1';
const DRAFT = /^draft-[0-9a-f]{32}$/;
const RUN = /^[0-9a-f]{32}(?:-[1-9][0-9]*)?$/;
const HEAD_NOTE = 'head.note';
const FORGOTTEN_MS = 24 * 3600 * 1000;

/**
 * What a member has sent and is about to send. A run is written whole before any of it is sent: exact bytes of every
 * manifest and every line, then one rename. So a run that breaks off is taken up again with the same bytes and the same
 * jti, and the hub stores each batch once.
 */
export class Outbox {
  constructor(
    readonly path: string,
    private readonly files: DurableFiles,
  ) {}

  /** Begins a run; it is a draft until {@link DraftRun.finish}. */
  async begin(): Promise<DraftRun> {
    await this.files.makeDirectory(this.path);
    await this.removeForgottenDrafts();
    const path = join(this.path, `draft-${randomBytes(16).toString('hex')}`);
    await this.files.makeDirectory(path);
    return new DraftRun(this, path, this.files);
  }

  /** The latest run of a key, or null. */
  async latest(key: RunKey): Promise<Run | null> {
    const name = nameOf(key);
    let latest: Run | null = null;
    for (let n = 1; ; n++) {
      const run = await this.read(n === 1 ? name : `${name}-${n}`);
      if (run === null) return latest;
      latest = run;
    }
  }

  /** The name that the next run of a key gets. */
  async nextName(key: RunKey): Promise<string> {
    const latest = await this.latest(key);
    const number = latest === null ? 1 : Number(latest.name.split('-')[1] ?? 1) + 1;
    return number === 1 ? nameOf(key) : `${nameOf(key)}-${number}`;
  }

  /** The run and batch (from 0) of a jti, or null. */
  async find(jti: string): Promise<{ run: Run; batch: number } | null> {
    for (const name of (await namesIn(this.path)).filter((entry) => RUN.test(entry))) {
      const run = await this.read(name);
      const batch = run?.info.batches.findIndex((sent) => sent.jti === jti) ?? -1;
      if (run !== null && batch >= 0) return { run, batch };
    }
    return null;
  }

  /** Promises whose batch has no proof beside it. */
  async unproved(): Promise<UnprovedPromise[]> {
    const unproved: UnprovedPromise[] = [];
    for (const name of (await namesIn(this.path)).filter((entry) => RUN.test(entry))) {
      const run = await this.read(name);
      if (run === null) continue;
      for (const [batch, { jti }] of run.info.batches.entries()) {
        const deadline = (await this.readReceipt(run, batch))?.['deadline'];
        if (typeof deadline !== 'number') continue;
        if ((await this.readProof(run, batch)) === null)
          unproved.push({ jti, channel: run.info.channel, deadline });
      }
    }
    return unproved;
  }

  /** Keeps other processes from sending the same run at the same time. */
  lock(run: Run): Promise<FileLock> {
    return FileLock.acquire(join(run.path, 'lock'));
  }

  /** Exact bytes of a batch. */
  async readBatch(run: Run, batch: number): Promise<{ manifest: string; entries: string }> {
    const [manifest, entries] = await Promise.all([
      readFile(batchFile(run, batch, 'jws'), 'utf8'),
      readFile(batchFile(run, batch, 'ndjson'), 'utf8'),
    ]);
    return { manifest, entries };
  }

  /** Tells where the entries of a batch came from; undefined for what is not known. */
  async readPlaces(run: Run, batch: number): Promise<(line: number) => EntryPlace | undefined> {
    const json = await readJsonFile(batchFile(run, batch, 'places.json'), 'OUTBOX_INVALID');
    const { sources, source, lines } = json ?? {};
    if (!Array.isArray(sources) || !Array.isArray(source) || !Array.isArray(lines)) return () => undefined;
    return (line) => {
      const name = sources[Number(source[line] ?? -1)];
      return typeof name === 'string' ? { source: name, line: Number(lines[line]) } : undefined;
    };
  }

  /** The checkpoint whose head the manifests of a run name, or null when none was kept. */
  async readHeadNote({ path }: Run): Promise<string | null> {
    const bytes = await readIfThere(join(path, HEAD_NOTE));
    return bytes === null ? null : Buffer.from(bytes).toString('utf8');
  }

  /** The receipt of a batch, or null while there is none. */
  readReceipt(run: Run, batch: number): Promise<JsonObject | null> {
    return readJsonFile(batchFile(run, batch, 'receipt.json'), 'OUTBOX_INVALID');
  }

  async writeReceipt(run: Run, batch: number, receipt: object): Promise<void> {
    const text = `${JSON.stringify(receipt, null, 2)}\n`;
    await replaceDurably(this.files, batchFile(run, batch, 'receipt.json'), text);
  }

  /**
   * Keeps the proof that a batch is in the log, and what it is about: as one file that is there whole or not at all, and leaf and
   * proof by themselves besides, for other tools.
   */
  async writeProof(run: Run, batch: number, logged: LoggedBatch): Promise<void> {
    await replaceDurably(this.files, batchFile(run, batch, 'leaf'), logged.leaf);
    await replaceDurably(this.files, batchFile(run, batch, 'tlog-proof'), logged.proof);
    const { proof, leaf, author, content, logIndex } = logged;
    const text = `${JSON.stringify({ proof, leaf, author, content, logIndex }, null, 2)}\n`;
    await replaceDurably(this.files, batchFile(run, batch, 'logged.json'), text);
  }

  /**
   * The proof that was kept of a batch, or null; nothing of it is verified.
   *
   * @throws ClientError `OUTBOX_INVALID`
   */
  async readProof(run: Run, batch: number): Promise<LoggedBatch | null> {
    const file = batchFile(run, batch, 'logged.json');
    const json = await readJsonFile(file, 'OUTBOX_INVALID');
    if (json === null) return null;
    const { proof, leaf, author, content, logIndex } = json;
    const texts = typeof proof === 'string' && typeof leaf === 'string' && typeof author === 'string';
    if (texts && (typeof content === 'string' || content === null) && typeof logIndex === 'number') {
      return { proof, leaf, author, content, logIndex };
    }
    throw new ClientError('OUTBOX_INVALID', file, 'is not a proof that this client wrote');
  }

  /** When the run was finished in Unix milliseconds, or null. */
  async finishedAt(run: Run): Promise<number | null> {
    const json = await readJsonFile(join(run.path, 'finished.json'), 'OUTBOX_INVALID');
    return typeof json?.['finishedAt'] === 'number' ? json['finishedAt'] : null;
  }

  async markFinished(run: Run): Promise<void> {
    const text = `${JSON.stringify({ finishedAt: Date.now() })}\n`;
    await replaceDurably(this.files, join(run.path, 'finished.json'), text);
  }

  /** The run of that name, or null. */
  async read(name: string): Promise<Run | null> {
    const path = join(this.path, name);
    const file = join(path, 'run.json');
    const json = await readJsonFile(file, 'OUTBOX_INVALID');
    return json === null ? null : { name, path, info: readRunInfo(json, file) };
  }

  /** Drafts of runs that broke off while they were prepared: nothing of them was sent. */
  private async removeForgottenDrafts(): Promise<void> {
    for (const name of (await namesIn(this.path)).filter((entry) => DRAFT.test(entry))) {
      const path = join(this.path, name);
      const { mtimeMs } = await stat(path);
      if (Date.now() - mtimeMs > FORGOTTEN_MS) await this.files.remove(path);
    }
  }
}

/** A run that is being written. */
export class DraftRun {
  private readonly batches: { jti: string; count: number }[] = [];
  private entries = 0;

  constructor(
    private readonly outbox: Outbox,
    private readonly path: string,
    private readonly files: DurableFiles,
  ) {}

  /** Writes a batch. */
  async add(batch: Batch, { jti, jws }: SignedManifest): Promise<void> {
    const draft = { path: this.path };
    const number = this.batches.length;
    await writeDurably(this.files, batchFile(draft, number, 'jws'), jws);
    await writeDurably(this.files, batchFile(draft, number, 'ndjson'), batch.entries);
    await writeDurably(this.files, batchFile(draft, number, 'places.json'), formatPlaces(batch));
    this.batches.push({ jti, count: batch.lines.length });
    this.entries += batch.lines.length;
  }

  /** Keeps the checkpoint whose head the manifests name: what shows that it was signed, should the hub deny it. */
  keepHead(note: string): Promise<void> {
    return writeDurably(this.files, join(this.path, HEAD_NOTE), note);
  }

  /** Makes the draft a run: from here on it is sent, now or later. */
  async finish(key: RunKey): Promise<Run> {
    const info: RunInfo = { ...key, preparedAt: Date.now(), entries: this.entries, batches: this.batches };
    const text = `${JSON.stringify({ version: VERSION, ...info }, null, 2)}\n`;
    await writeDurably(this.files, join(this.path, 'run.json'), text);
    await this.files.syncDirectory(this.path);
    const name = await this.outbox.nextName(key);
    const path = join(this.outbox.path, name);
    await this.rename(path);
    await this.files.syncDirectory(this.outbox.path);
    return { name, path, info };
  }

  private async rename(path: string): Promise<void> {
    try {
      await this.files.rename(this.path, path);
    } catch (cause) {
      if (!isErrno(cause, 'ENOTEMPTY') && !isErrno(cause, 'EEXIST')) throw cause;
      throw new ClientError('BUSY', path, 'another process prepared the same run just now', { cause });
    }
  }

  /** Removes the draft; nothing of it was sent. */
  async discard(): Promise<void> {
    await this.files.remove(this.path);
  }
}

function nameOf({ member, origin, channel, attribution, identity }: RunKey): string {
  const text = JSON.stringify(['cairn/run/v1', origin, member, channel, attribution, identity]);
  return hash('sha256', text, 'hex').slice(0, 32);
}

function batchFile({ path }: { path: string }, batch: number, extension: string): string {
  return join(path, `${String(batch + 1).padStart(5, '0')}.${extension}`);
}

function formatPlaces({ places }: Batch): string {
  const sources = [...new Set(places.flatMap((place) => (place === undefined ? [] : [place.source])))];
  const source = places.map((place) => (place === undefined ? -1 : sources.indexOf(place.source)));
  return JSON.stringify({ sources, source, lines: places.map((place) => place?.line ?? 0) });
}

function readRunInfo(json: JsonObject, file: string): RunInfo {
  const texts = ['member', 'origin', 'channel', 'attribution', 'identity'];
  const { batches } = json;
  const valid =
    json['version'] === VERSION &&
    texts.every((name) => typeof json[name] === 'string') &&
    Array.isArray(batches) &&
    batches.every((batch) => isJsonObject(batch) && typeof batch['jti'] === 'string');
  if (!valid) throw new ClientError('OUTBOX_INVALID', file, 'is not a run of this version');
  return json as unknown as RunInfo;
}
