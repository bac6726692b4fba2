import {
  LIMITS,
  ProtocolError,
  readEntry,
  type MEDIA,
  type Operation,
  type RetractionReason,
} from '#libs/protocol';
import { ClientError } from '../client-error.js';

/** Where an entry came from, to be named when something is wrong with it. */
export interface EntryPlace {
  /** Such as a file's name. */
  readonly source: string;
  /** From 1. */
  readonly line: number;
}

/** One entry to submit, before it gets its salt (docs/protocol.md, "Entries"). */
export interface EntryDraft {
  /** `assert` unless given. */
  readonly op?: Operation;
  /** Name of the signal type: `sha256`, `pdq`, `sha1`, `md5`. */
  readonly type: string;
  /** The value in hex. Upper case is lowered. */
  readonly value: string;
  /** Labels of the channel, in any order. */
  readonly labels?: readonly string[];
  /** Quality of a perceptual hash, 0 to 100. */
  readonly quality?: number;
  /** `YYYY-MM-DD`: first day (UTC) on which the claim no longer stands. */
  readonly expires?: string;
  readonly legalBasis?: string;
  readonly media?: (typeof MEDIA)[number];
  /** Why a claim is withdrawn; for `retract` only. */
  readonly reason?: RetractionReason;
  readonly place?: EntryPlace;
}

/** An entry that the hub's rules allow, but for its salt. */
export interface CheckedEntry {
  /** Members of the line before `salt`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Whether the value was in upper case. */
  readonly lowered: boolean;
}

const NO_SALT = '0'.repeat(32);

/**
 * Puts an entry into its canonical form and checks it as the hub will.
 *
 * @param number  of the entry from 1, to name it by when it has no place
 * @throws ClientError `INPUT_INVALID` naming place, field and rule; never the value
 */
export function checkEntry(draft: EntryDraft, number: number): CheckedEntry {
  const { op = 'assert', place, type, value, labels, ...rest } = draft;
  const lower = typeof value === 'string' ? value.toLowerCase() : value;
  const sorted = labels === undefined || labels.length === 0 ? undefined : [...new Set(labels)].sort();
  const members = withoutUndefined({ op, type, value: lower, labels: sorted, ...rest });
  try {
    readEntry({ ...members, salt: NO_SALT });
  } catch (cause) {
    if (cause instanceof ProtocolError) throw invalid(place, number, cause.field, cause.rule, cause);
    throw cause;
  }
  if (JSON.stringify(members).length * 4 > LIMITS.lineBytes) requireShort(members, place, number);
  return { members, lowered: lower !== value };
}

/** Names the place of an entry. */
export function placeName(place: EntryPlace | undefined, number: number): string {
  return place === undefined ? `entry ${number}` : `${place.source}, line ${place.line}`;
}

function requireShort(members: object, place: EntryPlace | undefined, number: number): void {
  const bytes = Buffer.byteLength(JSON.stringify({ ...members, salt: NO_SALT }));
  if (bytes <= LIMITS.lineBytes) return;
  throw invalid(place, number, 'entry', `must be at most ${LIMITS.lineBytes} bytes as a line`);
}

function invalid(
  place: EntryPlace | undefined,
  number: number,
  field: string,
  rule: string,
  cause?: unknown,
): ClientError {
  return new ClientError('INPUT_INVALID', placeName(place, number), `${field}: ${rule}`, { cause });
}

function withoutUndefined(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
