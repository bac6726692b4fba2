import { ClientError } from '#libs/client';
import type { CliIo } from '../cli-io.js';
import { isFileError } from '../exit-codes.js';

/** Prints results for people, or as JSON: one object a line. */
export class Printer {
  constructor(
    private readonly io: CliIo,
    readonly json: boolean,
  ) {}

  /** A result: its JSON form, and lines for people. */
  async result(value: object, lines: readonly string[]): Promise<void> {
    const text = this.json ? `${JSON.stringify(value)}\n` : lines.map((line) => `${line}\n`).join('');
    if (text !== '') await this.io.writeOut(text);
  }

  /** A remark that is no result, for people. */
  notice(text: string): void {
    this.io.writeError(`${text}\n`);
  }

  /** What went wrong. */
  error(error: unknown): void {
    const { code, subject, reason } = describe(error);
    const text = this.json
      ? JSON.stringify({ error: { code, subject, reason } })
      : `cairn: ${subject === '' ? '' : `${subject}: `}${reason} (${code})`;
    this.io.writeError(`${text}\n`);
  }
}

function describe(error: unknown): { code: string; subject: string; reason: string } {
  if (error instanceof ClientError) return { code: error.code, subject: error.subject, reason: error.reason };
  if (isFileError(error)) {
    const reason = `the system refuses to ${error.syscall} (${error.code})`;
    return { code: 'FILE_FAILED', subject: error.path ?? 'file', reason };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  // Nobody foresaw this error, so nobody can say what it quotes.
  const reason = text.replaceAll(/[0-9a-f]{32,}/gi, 'a value');
  return { code: 'INTERNAL', subject: 'internal error', reason };
}
