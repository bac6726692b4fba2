import {
  decodeEvidence,
  MAX_EVIDENCE_BYTES,
  ProtocolError,
  type EvidenceFile,
  type ShownSubmission,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { FetchFile } from '../log/static-log.js';

/** An evidence file, by index. */
interface Shown {
  readonly from: number;
  readonly end: number;
  readonly byIndex: ReadonlyMap<number, ShownSubmission>;
}

/**
 * What the hub shows of the submissions of the log, in log order: holds one evidence file, and fetches the next while this one is worked on.
 */
export class EvidenceSource {
  private shown: Shown | null = null;
  private ahead: { readonly from: number; readonly file: Promise<Shown> } | null = null;

  /** @param size of the log that is replayed */
  constructor(
    private readonly fetchFile: FetchFile,
    private readonly size: number,
  ) {}

  /**
   * What is shown of the submission at an index; null when nothing is. Indexes must ascend.
   *
   * @throws ClientError `EVIDENCE_MALFORMED`, or as fetching does
   */
  async at(index: number): Promise<ShownSubmission | null> {
    if (this.shown === null || index >= this.shown.end) {
      this.shown = await this.next(index);
      this.prefetch(this.shown.end);
    }
    return this.shown.byIndex.get(index) ?? null;
  }

  /** Waits for what is still on its way, which nobody wants any more. */
  async close(): Promise<void> {
    await this.ahead?.file.catch(() => undefined);
  }

  private async next(index: number): Promise<Shown> {
    const { ahead } = this;
    this.ahead = null;
    if (ahead !== null) {
      const shown = await ahead.file;
      if (index >= shown.from && index < shown.end) return shown;
    }
    return this.fetch(index);
  }

  private prefetch(from: number): void {
    if (from >= this.size) return;
    const file = this.fetch(from);
    // Whoever awaits it hears of the failure.
    file.catch(() => undefined);
    this.ahead = { from, file };
  }

  private async fetch(from: number): Promise<Shown> {
    const subject = `evidence from log index ${from}`;
    const bytes = await this.fetchFile(`evidence/${from}-${this.size}`, {
      maxBytes: MAX_EVIDENCE_BYTES,
      subject,
    });
    if (bytes === null) throw new ClientError('NOT_FOUND', subject, 'the hub shows nothing of it');
    const file = read(bytes, subject);
    if (file.from !== from || file.end > this.size) {
      throw new ClientError('EVIDENCE_MALFORMED', subject, 'is about other indexes than were asked for');
    }
    return { from, end: file.end, byIndex: new Map(file.submissions.map((shown) => [shown.index, shown])) };
  }
}

function read(bytes: Uint8Array, subject: string): EvidenceFile {
  try {
    return decodeEvidence(bytes);
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ClientError('EVIDENCE_MALFORMED', subject, cause.message, { cause });
  }
}
