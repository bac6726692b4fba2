import { ClientError, type ClientErrorKind } from '#libs/client';

/** What `cairn` exits with. Stable: scripts depend on it. */
export const EXIT = {
  ok: 0,
  nothingFound: 1,
  usage: 2,
  refused: 3,
  verification: 4,
  network: 5,
  local: 6,
  alarm: 7,
  /** A fault of the program itself (EX_SOFTWARE of sysexits.h). */
  internal: 70,
} as const satisfies Record<ClientErrorKind | 'ok' | 'nothingFound' | 'internal', number>;

/** The table for `cairn --help`. */
export const EXIT_HELP = `
Exit codes:
  0  done
  1  nothing found (lookup)
  2  wrong use, or an input that breaks a rule
  3  refused by the hub, or a conformance run was not passed
  4  verification failed: what was received is not to be trusted, and the old state was kept
  5  network trouble, or the hub is not available; try again later
  6  trouble with local files: configuration, keys, store, outbox
  7  alarm: the hub contradicts itself or keeps something back; evidence was kept, nothing is updated,
     and what is stored goes on to match (cairn audit evidence)
`;

/** The exit code for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof ClientError) return EXIT[error.kind];
  return isFileError(error) ? EXIT.local : EXIT.internal;
}

/** Whether the file system refused something, such as a full disk or a missing right. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'syscall' in error && 'code' in error;
}
