import type { HttpOptions } from '#libs/client';

/** What the program reads from and writes to. */
export interface CliIo {
  readonly stdin: AsyncIterable<Uint8Array>;
  /** Resolves when more may be written: a reader at the other end of a pipe sets the pace. */
  writeOut(text: string): Promise<void>;
  writeError(text: string): void;
  /** Whether a person looks at standard error, so that a progress bar makes sense. */
  readonly interactive: boolean;
}

/** What every command gets. */
export interface CliContext {
  readonly io: CliIo;
  /** How to talk to the hub; set by tests. */
  readonly http?: HttpOptions;
}

/** Options that every command has. */
export interface GlobalOptions {
  readonly home?: string;
  readonly json?: boolean;
}

/** The process's own streams. */
export function processIo(): CliIo {
  return {
    stdin: process.stdin,
    writeOut: async (text) => {
      if (process.stdout.write(text)) return;
      await new Promise((resolve) => process.stdout.once('drain', resolve));
    },
    writeError: (text) => void process.stderr.write(text),
    interactive: process.stderr.isTTY,
  };
}
