import { PackError } from '#libs/protocol';
import { ClientError, type ClientErrorCode } from '../client-error.js';
import type { FetchFile } from '../log/static-log.js';
import { openPackColumns, type PackColumns } from './pack-columns.js';
import type { PlannedPack } from './pull-plan.js';

/** Packs on their way at one time. */
const PARALLEL = 6;

/** A pack that is the one announced, and in canonical form. */
export interface OpenedPack {
  readonly planned: PlannedPack;
  readonly columns: PackColumns;
}

/**
 * Fetches and opens packs, several at a time, and yields them in order.
 *
 * @throws ClientError `PACK_MISSING`, `PACK_LENGTH`, `PACK_DIGEST`, `PACK_INVALID`, `PACK_CONTRADICTION` when a pack does
 *   not begin at the root where the one before ends, or as fetching does
 */
export async function* fetchPacks(
  packs: readonly PlannedPack[],
  fetchFile: FetchFile,
): AsyncGenerator<OpenedPack, void, undefined> {
  const ahead: Promise<OpenedPack>[] = [];
  let next = 0;
  try {
    while (next < packs.length || ahead.length > 0) {
      while (next < packs.length && ahead.length < PARALLEL) {
        const pack = fetchPack(packs[next++]!, fetchFile);
        // Whoever awaits it hears of the failure; until then it must not count as one that nobody heard of.
        pack.catch(() => undefined);
        ahead.push(pack);
      }
      yield await ahead.shift()!;
    }
  } finally {
    // Nothing goes on behind the caller's back.
    await Promise.allSettled(ahead);
  }
}

async function fetchPack(planned: PlannedPack, fetchFile: FetchFile): Promise<OpenedPack> {
  const { subject, announced } = planned;
  const bytes = await fetchFile(`pack/${announced.digest}`, {
    maxBytes: announced.bytes,
    subject,
    oversize: 'PACK_LENGTH',
  });
  if (bytes === null)
    throw new ClientError('PACK_MISSING', subject, 'the feed announces it and the hub does not serve it');
  const columns = open(planned, bytes);
  if (columns.from === planned.from) return { planned, columns };
  throw new ClientError(
    'PACK_CONTRADICTION',
    subject,
    'applies to another set than the one before it leaves',
  );
}

function open({ subject, type, announced }: PlannedPack, bytes: Uint8Array): PackColumns {
  try {
    return openPackColumns(type, announced, bytes);
  } catch (cause) {
    if (!(cause instanceof PackError)) throw cause;
    throw new ClientError(codeOf(cause), subject, `${cause.message} (${cause.code})`, { cause });
  }
}

function codeOf({ code }: PackError): ClientErrorCode {
  if (code === 'bytes-mismatch') return 'PACK_LENGTH';
  return code === 'digest-mismatch' ? 'PACK_DIGEST' : 'PACK_INVALID';
}
