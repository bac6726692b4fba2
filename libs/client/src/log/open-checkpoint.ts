import { TlogError, verifyCheckpoint, type TlogPolicy, type TreeHead } from '#libs/tlog';
import { ClientError } from '../client-error.js';

/** A log head that the pinned policy accepts, with the note that says it. */
export interface VerifiedHead extends TreeHead {
  /** Exact text of the note. */
  readonly note: string;
}

/**
 * Verifies a checkpoint under the pinned policy.
 *
 * @param origin  of the log that was asked
 * @throws ClientError `LOG_NOT_PINNED`, `WRONG_LOG`, `NOTE_REJECTED`
 */
export function openCheckpoint(policy: TlogPolicy, origin: string, note: Uint8Array): VerifiedHead {
  const subject = `checkpoint of ${origin}`;
  requirePinned(policy, origin);
  try {
    const { size, root } = verifyCheckpoint(policy, note, origin);
    return { size, root, note: Buffer.from(note).toString('utf8') };
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    const code = cause.code === 'wrong_origin' ? 'WRONG_LOG' : 'NOTE_REJECTED';
    throw new ClientError(code, subject, `${cause.message} (${cause.code})`, { cause });
  }
}

/** @throws ClientError `LOG_NOT_PINNED` */
export function requirePinned(policy: TlogPolicy, origin: string): void {
  if (policy.logs.some(({ key }) => key.name === origin)) return;
  throw new ClientError(
    'LOG_NOT_PINNED',
    origin,
    'the pinned policy file does not name this log; ask the alliance for a current one and run cairn init again',
  );
}
