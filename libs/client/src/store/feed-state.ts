import { isJsonObject, type JsonObject, type JsonValue } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { isAnchorState, type AnchorState } from '../anchor/anchor-state.js';
import type { DataFile } from './set-writer.js';

/** What a store holds of one type. */
export interface TypeState {
  readonly keyLength: number;
  readonly hasValues: boolean;
  /** Records. */
  readonly count: number;
  /** Set root, hex. */
  readonly root: string;
  readonly data: DataFile;
  /** Name of the index file. */
  readonly index: string;
}

/** The state of a feed in a store: what was verified, and which files hold it. */
export interface FeedState {
  /** Channel. */
  readonly feed: string;
  /** Name of the feed's log. */
  readonly origin: string;
  /** Exact text of the last checkpoint that was verified and applied. */
  readonly note: string;
  /** Rounds applied. */
  readonly size: number;
  /** Root of the log at that size, hex. */
  readonly root: string;
  /** Compact range at that size, hex. */
  readonly frontier: string;
  /** Types that are pulled, ascending; null for all. */
  readonly selection: readonly string[] | null;
  /** Number of commits so far; new files are named by it. */
  readonly commits: number;
  /** Unix milliseconds of the last change. */
  readonly updatedAt: number;
  /** Time of the last round in Unix milliseconds, as the hub wrote and signed it; null before the first. */
  readonly asOf: number | null;
  /** Size of the provenance log that the last round names; null before the first. */
  readonly logSize: number | null;
  readonly types: Readonly<Record<string, TypeState>>;
  /** What the provenance log says of the feed; null in stores of older versions, until the next pull. */
  readonly anchor: AnchorState | null;
}

const VERSION = 'cairn-store/1';

/** The text of a state file. */
export function formatFeedState(state: FeedState): string {
  return `${JSON.stringify({ version: VERSION, ...state }, null, 2)}\n`;
}

/**
 * The state in a file that this client wrote.
 *
 * @throws ClientError `STORE_INVALID`
 */
export function readFeedState(json: JsonObject, subject: string): FeedState {
  const { version, types, selection, anchor = null } = json;
  const valid =
    version === VERSION &&
    ['feed', 'origin', 'note'].every((name) => typeof json[name] === 'string') &&
    ['root', 'frontier'].every((name) => isHashes(json[name])) &&
    ['size', 'commits', 'updatedAt'].every((name) => typeof json[name] === 'number') &&
    ['asOf', 'logSize'].every((name) => json[name] === null || typeof json[name] === 'number') &&
    (selection === null ||
      (Array.isArray(selection) && selection.every((type) => typeof type === 'string'))) &&
    (anchor === null || isAnchorState(anchor)) &&
    isJsonObject(types) &&
    Object.values(types).every(isTypeState);
  if (!valid) throw new ClientError('STORE_INVALID', subject, 'is not a state of this version');
  return { ...(json as unknown as FeedState), anchor: anchor as unknown as AnchorState | null };
}

function isTypeState(value: JsonValue): boolean {
  return (
    isJsonObject(value) &&
    ['keyLength', 'count'].every((name) => typeof value[name] === 'number') &&
    typeof value['hasValues'] === 'boolean' &&
    isHashes(value['root']) &&
    isFileName(value['index']) &&
    isJsonObject(value['data']) &&
    isFileName(value['data']['name']) &&
    ['length', 'live'].every((name) => typeof (value['data'] as JsonObject)[name] === 'number')
  );
}

function isFileName(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && /^[a-z0-9-]+\.\d+\.(data|index)$/.test(value);
}

/** Hex of whole hashes. */
function isHashes(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && /^(?:[0-9a-f]{64})*$/.test(value);
}
