import { isJsonObject, type JsonObject, type JsonValue } from '#libs/protocol';
import type { AheadHead, PendingHead } from './judge-anchoring.js';

/** The greatest head of a feed that the log publishes and that was proved to be of the feed's history. */
export interface AnchoredHead {
  readonly size: number;
  /** Root, hex. */
  readonly root: string;
  /** Log index and time (Unix milliseconds) of the `published` statement. */
  readonly index: number;
  readonly time: number;
}

/** What a store knows of its feed out of the provenance log. */
export interface AnchorState {
  /** The head of the log that was followed last. */
  readonly log: { readonly size: number; readonly root: string; readonly note: string };
  /** Leaves of the log before this index were read; a statement ahead of the feed is read again. */
  readonly read: number;
  /** Time of the last leaf of the log, Unix milliseconds by the hub's clock; null while none was read. */
  readonly logTime: number | null;
  /** When the log was followed last, Unix milliseconds by the reader's clock. */
  readonly followedAt: number;
  readonly anchored: AnchoredHead | null;
  readonly pending: readonly PendingHead[];
  readonly ahead: AheadHead | null;
}

/** Whether a value has the form of an {@link AnchorState}. */
export function isAnchorState(value: JsonValue | undefined): boolean {
  return (
    isJsonObject(value) &&
    isHead(value['log']) &&
    typeof (value['log'] as JsonObject)['note'] === 'string' &&
    ['read', 'followedAt'].every((name) => typeof value[name] === 'number') &&
    isTime(value['logTime']) &&
    (value['anchored'] === null || isHead(value['anchored'], 'index', 'time')) &&
    (value['ahead'] === null || isAhead(value['ahead'])) &&
    Array.isArray(value['pending']) &&
    value['pending'].every(isPending)
  );
}

function isAhead(value: JsonValue | undefined): boolean {
  return isHead(value, 'index', 'time', 'seen') && typeof (value as JsonObject)['leaf'] === 'string';
}

function isPending(value: JsonValue): boolean {
  return (
    isHead(value, 'seen') &&
    typeof (value as JsonObject)['note'] === 'string' &&
    isTime((value as JsonObject)['time'])
  );
}

function isHead(value: JsonValue | undefined, ...numbers: readonly string[]): boolean {
  return (
    isJsonObject(value) &&
    ['size', ...numbers].every((name) => typeof value[name] === 'number') &&
    typeof value['root'] === 'string' &&
    /^[0-9a-f]{64}$/.test(value['root'])
  );
}

function isTime(value: JsonValue | undefined): boolean {
  return value === null || typeof value === 'number';
}
