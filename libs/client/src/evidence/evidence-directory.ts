import { hash } from 'node:crypto';
import { join } from 'node:path';
import { ClientError } from '../client-error.js';
import { replaceDurably, type DurableFiles } from '../files/durable-files.js';
import { namesIn, readIfThere } from '../files/read-file.js';

/**
 * `fork`: keys signed two histories, and nothing is updated until somebody has looked into it. `mismatch`: what was served does not fit what
 * was signed. `unanchored`, `kept-back`: see docs/protocol-evidence.md.
 */
export type EvidenceKind = 'fork' | 'mismatch' | 'unanchored' | 'kept-back';

const ACCEPTED = 'accepted';
const NAME = /^(?:fork|mismatch|unanchored|kept-back)-[0-9a-f]{16}\.json$/;

/**
 * The evidence that is kept of one log, in `<directory>/evidence`. A file is named by what it is about: the same met again is kept once, and
 * none ever takes another's place. What somebody has looked into lies in `evidence/accepted`.
 */
export class EvidenceDirectory {
  readonly path: string;

  constructor(
    private readonly files: DurableFiles,
    directory: string,
  ) {
    this.path = join(directory, 'evidence');
  }

  /**
   * Keeps evidence, unless the same is kept already.
   *
   * @param about  tells one contradiction from another
   * @returns where it is
   */
  async keep(kind: EvidenceKind, about: string, bytes: Uint8Array): Promise<string> {
    const path = join(this.path, evidenceName(kind, about));
    if ((await readIfThere(path)) !== null) return path;
    await this.files.makeDirectory(this.path);
    await replaceDurably(this.files, path, bytes);
    return path;
  }

  /** Names of what somebody has looked into, and wants to go on in spite of. */
  async accepted(): Promise<ReadonlySet<string>> {
    return new Set(await namesIn(join(this.path, ACCEPTED)));
  }

  /**
   * Refuses to go on while there is evidence of a fork.
   *
   * @throws ClientError `LOG_STOPPED`
   */
  async requireNoFork(): Promise<void> {
    const fork = (await namesIn(this.path)).find((name) => name.startsWith('fork-'));
    if (fork === undefined) return;
    const reason =
      'is evidence that the log forked; nothing is updated until it is explained and somebody accepts it: cairn audit evidence accept';
    throw new ClientError('LOG_STOPPED', join(this.path, fork), reason);
  }

  /** Names of what is kept and was not accepted, ascending. */
  async list(): Promise<string[]> {
    return (await namesIn(this.path)).filter((name) => NAME.test(name)).sort();
  }

  /** Bytes of what is kept under a name, accepted or not; null when there is nothing. */
  async read(name: string): Promise<Buffer | null> {
    if (!NAME.test(name)) return null;
    return (await readIfThere(join(this.path, name))) ?? readIfThere(join(this.path, ACCEPTED, name));
  }

  /** Puts evidence aside, so that updating goes on in spite of it. False when nothing of that name is kept. */
  async accept(name: string): Promise<boolean> {
    if (!(await this.list()).includes(name)) return false;
    const accepted = join(this.path, ACCEPTED);
    await this.files.makeDirectory(accepted);
    await this.files.rename(join(this.path, name), join(accepted, name));
    await this.files.syncDirectory(accepted);
    await this.files.syncDirectory(this.path);
    return true;
  }
}

/** The name under which something is kept. */
export function evidenceName(kind: EvidenceKind, about: string): string {
  return `${kind}-${hash('sha256', about, 'hex').slice(0, 16)}.json`;
}
