import { hash } from 'node:crypto';
import { open, readFile, rename, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { PRIVATE_FILE } from '../files/durable-files.js';
import { isErrno } from '../files/read-file.js';
import type { PartitionResult } from './replay-partition.js';
import { PARTITIONS } from './spill-file.js';

const DIGEST_BYTES = 32;
const ROOT_BYTES = 40;
const READ_ROOTS = 1024;

/** What is kept of a partition besides its roots. */
export type PartitionReport = Omit<PartitionResult, 'roots'>;

/** The subtree of one partition after a step, and how many records it holds. */
export interface PartitionRoot {
  readonly step: number;
  readonly root: Uint8Array;
  readonly records: number;
}

/** Deletes all results: they name keys of records that differ. */
export async function forgetResults(directory: string): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++)
    await rm(resultFile(directory, partition), { force: true });
}

/**
 * Results of partitions in a directory, of one run of the first pass. A file is believed only if it has its own digest in front, so one that was
 * half written, by however the process ended, is as good as none.
 */
export class PartitionResults {
  /** @param target digest of what was replayed: results of anything else are not taken */
  constructor(
    private readonly directory: string,
    private readonly target: string,
  ) {}

  async write(partition: number, { roots, ...report }: PartitionResult): Promise<void> {
    const text = Buffer.from(JSON.stringify(report));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length);
    const content = Buffer.concat([length, text, roots]);
    const path = this.fileOf(partition);
    await writeFile(`${path}.new`, [this.digestOf(content), content], { mode: PRIVATE_FILE });
    await rename(`${path}.new`, path);
  }

  /** The report of a partition, or null when there is none to be believed. */
  async read(partition: number): Promise<PartitionReport | null> {
    try {
      const bytes = await readFile(this.fileOf(partition));
      const content = bytes.subarray(DIGEST_BYTES);
      if (!this.digestOf(content).equals(bytes.subarray(0, DIGEST_BYTES))) return null;
      const text = content.subarray(4, 4 + content.readUInt32BE(0)).toString('utf8');
      return JSON.parse(text) as PartitionReport;
    } catch (error) {
      if (isErrno(error, 'ENOENT')) return null;
      throw error;
    }
  }

  /** The roots of a partition in the order of steps. */
  async *roots(partition: number): AsyncGenerator<PartitionRoot, void, undefined> {
    const handle = await open(this.fileOf(partition), 'r');
    try {
      const length = (await readAt(handle, DIGEST_BYTES, 4)).readUInt32BE(0);
      for (let at = DIGEST_BYTES + 4 + length; ;) {
        const bytes = await readAt(handle, at, READ_ROOTS * ROOT_BYTES);
        if (bytes.length === 0) return;
        for (let from = 0; from < bytes.length; from += ROOT_BYTES) {
          const root = bytes.subarray(from + 4, from + 36);
          yield { step: bytes.readUInt32BE(from), root, records: bytes.readUInt32BE(from + 36) };
        }
        at += bytes.length;
      }
    } finally {
      await handle.close();
    }
  }

  /** The roots of all partitions. */
  all(): AsyncGenerator<PartitionRoot, void, undefined>[] {
    return Array.from({ length: PARTITIONS }, (_, partition) => this.roots(partition));
  }

  private digestOf(content: Uint8Array): Buffer {
    const digest = hash('sha256', content, 'hex');
    return Buffer.from(hash('sha256', `${this.target} ${digest}`, 'hex'), 'hex');
  }

  private fileOf(partition: number): string {
    return resultFile(this.directory, partition);
  }
}

function resultFile(directory: string, partition: number): string {
  return join(directory, `part-${partition.toString(16).padStart(2, '0')}`);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  for (let read = 1; at < length && read > 0; at += read) {
    ({ bytesRead: read } = await handle.read(bytes, at, length - at, position + at));
  }
  return bytes.subarray(0, at);
}
