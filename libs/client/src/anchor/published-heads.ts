import {
  decodeStatement,
  decodeUtf8,
  isJsonObject,
  parseStrictJson,
  ProtocolError,
  StrictJsonError,
  toHex,
  type JsonObject,
} from '#libs/protocol';
import {
  equalBytes,
  leafHash,
  readCompactRange,
  TILE_WIDTH,
  TlogError,
  type CompactRange,
  type TreeHead,
} from '#libs/tlog';
import { ClientError } from '../client-error.js';
import type { StaticLog } from '../log/static-log.js';

/** A head of a feed in a `published` statement. */
export interface PublishedHead {
  /** Rounds. */
  readonly size: number;
  /** Root, hex. */
  readonly root: string;
  /** Log index of the statement, and its time in Unix milliseconds. */
  readonly index: number;
  readonly time: number;
  /** Leaf hash of the statement, hex. */
  readonly leaf: string;
}

/** What a part of the provenance log says of a feed. */
export interface LogWindow {
  /** In the order of the log. */
  readonly heads: readonly PublishedHead[];
  /** Time of the last leaf of the log; null when none was read. */
  readonly time: number | null;
  /** Time of the last leaf that is not after the mark; null when none was read. */
  readonly markTime: number | null;
}

/** What to look for. */
export interface WantedHeads {
  readonly feed: string;
  /** Index of a leaf whose time is wanted. */
  readonly mark: number;
}

/** First part of the log that a new reader looks through, in leaves. */
const FIRST_SPAN = TILE_WIDTH;

/**
 * Reads the log from a leaf to its end. That they are the leaves under the verified root is proved: the compact range before the first of
 * them, of which nothing is believed, and the leaves lead to that root.
 *
 * @param from  index of the first leaf
 * @throws ClientError `LOG_GAP`, `LOG_MISMATCH`, `STATEMENT_INVALID`
 */
export async function readWindow(
  log: StaticLog,
  head: TreeHead,
  from: number,
  wanted: WantedHeads,
): Promise<LogWindow> {
  if (from === head.size) return { heads: [], time: null, markTime: null };
  const heads: PublishedHead[] = [];
  let [time, markTime]: [number | null, number | null] = [null, null];
  const range = await rangeBefore(log, head, from);
  for await (const bundle of log.leaves(from, head.size, head.size)) {
    for (const leaf of bundle) {
      const index = range.size;
      const hash = leafHash(leaf);
      range.append(hash);
      const statement = readStatement(leaf, `leaf ${index} of ${log.name}`);
      ({ time } = statement);
      if (index <= wanted.mark) markTime = time;
      for (const { feed, size, root } of statement.feeds)
        if (feed === wanted.feed) heads.push({ size, root, index, time: statement.time, leaf: toHex(hash) });
    }
  }
  if (range.size !== head.size)
    throw new ClientError('LOG_GAP', log.name, 'leaves are missing before its end');
  if (equalBytes(range.root(), head.root)) return { heads, time, markTime };
  throw new ClientError(
    'LOG_MISMATCH',
    log.name,
    `the leaves from ${from} on do not lead to the signed root`,
  );
}

/**
 * Reads the end of the log, as far back as the latest statement that publishes the feed, but not before `floor`. Each attempt takes four times as
 * much, so that a log of any length costs a new reader little.
 *
 * @throws ClientError as {@link readWindow}
 */
export async function readEnd(
  log: StaticLog,
  head: TreeHead,
  floor: number,
  wanted: WantedHeads,
): Promise<LogWindow> {
  for (let span = FIRST_SPAN; ; span *= 4) {
    const bundle = Math.ceil(Math.max(0, head.size - span) / TILE_WIDTH) * TILE_WIDTH;
    const from = Math.max(floor, bundle);
    const window = await readWindow(log, head, from, wanted);
    if (from === floor || window.heads.length > 0) return window;
  }
}

async function rangeBefore(log: StaticLog, head: TreeHead, size: number): Promise<CompactRange> {
  try {
    return await readCompactRange(log.tiles(head.size), size);
  } catch (cause) {
    if (!(cause instanceof TlogError)) throw cause;
    throw new ClientError('LOG_GAP', log.name, `tiles are missing (${cause.code})`, { cause });
  }
}

interface ReadStatement {
  readonly time: number;
  readonly feeds: readonly { readonly feed: string; readonly size: number; readonly root: string }[];
}

/** Of statements that publish nothing only the time counts, of whatever kind they are. */
function readStatement(leaf: Uint8Array, subject: string): ReadStatement {
  try {
    const { kind, time } = objectOf(leaf);
    if (kind !== 'published' && typeof time === 'number') return { time, feeds: [] };
    const statement = decodeStatement(leaf);
    return { time: statement.time, feeds: statement.kind === 'published' ? statement.feeds : [] };
  } catch (cause) {
    if (!(cause instanceof ProtocolError) && !(cause instanceof StrictJsonError)) throw cause;
    throw new ClientError('STATEMENT_INVALID', subject, cause.message, { cause });
  }
}

function objectOf(leaf: Uint8Array): JsonObject {
  const json = parseStrictJson(decodeUtf8(leaf));
  return isJsonObject(json) ? json : {};
}
