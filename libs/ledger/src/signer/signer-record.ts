import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { isErrno, privateDirectory } from '#libs/platform';
import { CompactRange, emptyRoot, TlogError } from '#libs/tlog';

/** The head of a log that was signed last, and all that is needed to extend it. */
export interface SignedHead {
  readonly size: number;
  readonly root: Uint8Array;
  /** Compact range of that size: 32 bytes for each bit set in it, highest first. */
  readonly frontier: Uint8Array;
}

/** What a signer signed last, for each log. */
export interface SignerRecord {
  /**
   * The head that was signed last, that of the empty log when the log is new.
   *
   * @throws SignerRecordError when the record is missing or cannot be believed
   */
  head(origin: string): SignedHead;
  /**
   * Notes the next head, durably when this returns. Nothing may be signed before.
   *
   * @returns false, with nothing noted, when `last` is the last head no more.
   */
  advance(origin: string, last: SignedHead, next: SignedHead): boolean;
}

/** A record that nothing may be signed by. The message says what to do. */
export class SignerRecordError extends Error {
  constructor(
    readonly reason: 'record_missing' | 'record_unusable',
    message: string,
  ) {
    super(message);
    this.name = 'SignerRecordError';
  }
}

/** The head of a log without leaves. */
export const EMPTY_HEAD: SignedHead = { size: 0, root: emptyRoot(), frontier: new Uint8Array() };

/** Where the record of a data directory is. */
export function signerRecordPath(dataDir: string): string {
  return join(dataDir, 'signer', 'heads.json');
}

/**
 * The record in a file of mode 600. It is read anew each time: a few hundred bytes, and what happened to the file while the signer
 * runs is noticed. It carries its own digest, and each head must be that of its compact range: a damaged record is no record.
 */
export class FileSignerRecord implements SignerRecord {
  constructor(private readonly path: string) {}

  /**
   * Makes the record of a signer that begins: at the founding of a hub, or of heads that the operator stands for.
   *
   * @returns false when there is a record already: it is never overwritten
   */
  static create(path: string, heads: ReadonlyMap<string, SignedHead> = new Map()): boolean {
    privateDirectory(dirname(path));
    try {
      writeDurably(path, formatRecord(heads), 'wx');
    } catch (error) {
      if (isErrno(error, 'EEXIST')) return false;
      throw error;
    }
    syncDirectory(dirname(path));
    return true;
  }

  head(origin: string): SignedHead {
    return this.heads().get(origin) ?? EMPTY_HEAD;
  }

  advance(origin: string, last: SignedHead, next: SignedHead): boolean {
    // Without any await between reading and writing: of two requests in one process, the later sees what the earlier wrote.
    const heads = this.heads();
    const present = heads.get(origin) ?? EMPTY_HEAD;
    if (present.size !== last.size || Buffer.compare(present.root, last.root) !== 0) return false;
    const draft = `${this.path}.new`;
    rmSync(draft, { force: true });
    writeDurably(draft, formatRecord(new Map(heads).set(origin, next)), 'wx');
    renameSync(draft, this.path);
    syncDirectory(dirname(this.path));
    return true;
  }

  /** @throws SignerRecordError */
  heads(): ReadonlyMap<string, SignedHead> {
    return parseRecord(readPrivate(this.path), this.path);
  }
}

const hex = z.string().regex(/^(?:[0-9a-f]{64})*$/);
const RECORD = z.strictObject({
  version: z.literal(1),
  logs: z.record(
    z.string().min(1).max(1000),
    z.strictObject({ size: z.int().min(0), root: hex.length(64), frontier: hex }),
  ),
  digest: z.string(),
});

function parseRecord(text: string, path: string): ReadonlyMap<string, SignedHead> {
  const parsed = RECORD.safeParse(jsonOrNull(text));
  if (!parsed.success) throw unusable(`${path} does not hold a signer's record`);
  if (parsed.data.digest !== digestOf(parsed.data.logs))
    throw unusable(`${path} was changed by another hand`);
  return new Map(Object.entries(parsed.data.logs).map(([origin, head]) => [origin, parseHead(origin, head)]));
}

function parseHead(origin: string, head: { size: number; root: string; frontier: string }): SignedHead {
  const [root, frontier] = [Buffer.from(head.root, 'hex'), Buffer.from(head.frontier, 'hex')];
  try {
    CompactRange.restore(head.size, frontier, root);
  } catch (error) {
    if (error instanceof TlogError) throw unusable(`${origin}: the signer's record contradicts itself`);
    throw error;
  }
  return { size: head.size, root, frontier };
}

function formatRecord(heads: ReadonlyMap<string, SignedHead>): string {
  const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const logs = [...heads].map(([origin, { size, root, frontier }]) => [
    origin,
    { size, root: text(root), frontier: text(frontier) },
  ]);
  const all = Object.fromEntries(logs) as object;
  return `${JSON.stringify({ version: 1, logs: all, digest: digestOf(all) }, null, 1)}\n`;
}

/** Of what fell off a disk or was edited, so that no other size is believed; no defence against who writes a record on purpose. */
function digestOf(logs: object): string {
  return createHash('sha256').update(JSON.stringify(logs)).digest('hex');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Mode and content come from one open file, so nothing can be swapped in between. Windows has no such modes. */
function readPrivate(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) {
      throw new SignerRecordError(
        'record_missing',
        `${path} is missing: see cairn-hub signer adopt in docs/operations.md`,
      );
    }
    throw unusable(`${path} cannot be read`);
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    if (process.platform !== 'win32' && (mode & 0o077) !== 0)
      throw unusable(`${path}: others have access to it (mode ${mode.toString(8)}), run chmod 600 on it`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

function writeDurably(path: string, text: string, flags: string): void {
  const file = openSync(path, flags, 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Makes a new name survive a power failure; Windows cannot open directories. */
function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function unusable(message: string): SignerRecordError {
  return new SignerRecordError('record_unusable', message);
}
