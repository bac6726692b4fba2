import { DECISION_CODES, RETRACTION_REASONS, VERDICTS, type Statement } from '#libs/protocol';
import { EFFECTS, type Effect } from '#libs/signals';

/** What can concern a signal: a member's word on it, a statement that ends claims, a word that was erased, or the statement that did. */
export type HistoryEventKind =
  'assertion' | 'retraction' | 'key_revoked' | 'recall' | 'expiry' | 'erased' | 'erasure';

/** What the log says of a key at one index. */
export type KeyStandingThen = 'active' | 'revoked' | 'not_registered';

/** Who said something, for those who may know. */
export interface EntryAuthor {
  member: string;
  /** Control group when the entry was decided. */
  group: string | null;
  /** Thumbprint of the key that signed. */
  key: string;
  /** Log index of the statement that registered the key. */
  keyAdded: number | null;
  /** Log index of the statement that revoked it, and from which index on what it signed is void. */
  keyRevoked: number | null;
  keyVoidFrom: number | null;
  /** At the index of the entry. */
  keyStanding: KeyStandingThen;
  /** Whether the caller itself is the author. */
  own: boolean;
}

/** An entry that a statement ended. */
export interface EndedEntry {
  index: number;
  line: number;
}

/** Something that concerns one signal in one channel. What does not belong to its kind, or is not for the caller, is null. */
export interface HistoryEvent {
  kind: HistoryEventKind;
  /** Log index of the statement. */
  index: number;
  /** Line in the submission, from 0; null for a statement that is no submission. */
  line: number | null;
  /** Of the leaf. */
  time: Date;
  verdict: string | null;
  code: string | null;
  /** What came of it at its place in the log; null unless the author is shown: it follows from public statements about members. */
  effect: Effect | null;
  /** Greatest log index below its own of a submission about the signal in the channel. */
  prev: number | null;
  named: boolean | null;
  /** Why it was retracted, or of an erasure the public reason. */
  reason: string | null;
  /** First day, UTC, on which the claim no longer stands, `YYYY-MM-DD`. */
  expires: string | null;
  author: EntryAuthor | null;
  /** What made the entry void: `withdrawn` is all that is said when the author is not shown. */
  endedAs: 'key_revoked' | 'recall' | 'withdrawn' | null;
  /** Log index of the statement that made the entry void; of an erased one, that erased it. */
  endedBy: number | null;
  /** Whose key was revoked or whose words were recalled: public in the statement. */
  member: string | null;
  key: string | null;
  /** The entries that a statement ended, as far as the caller may know. */
  ended: EndedEntry[];
  /** Exact text of the leaf. */
  leaf: string;
}

/** A row of `cairn.signal_history` that is an event. */
export interface HistoryRow {
  kind: HistoryEventKind;
  index: number;
  line: number;
  verdict: number | null;
  code: number | null;
  effect: number | null;
  prev: number | null;
  named: boolean | null;
  own: boolean | null;
  reason: number | null;
  expires: number | null;
  member: string | null;
  group: string | null;
  key: string | null;
  keyAdded: number | null;
  keyRevoked: number | null;
  keyVoidFrom: number | null;
  endedAs: HistoryEvent['endedAs'];
  endedBy: number | null;
  ended: EndedEntry[] | null;
}

const DAY_MS = 86_400_000;
const REASONS = new Map<number, string>(
  Object.entries(RETRACTION_REASONS).map(([name, code]) => [code, name]),
);

/** An event as it is shown, with the time and the text of its leaf. */
export function toEvent(row: HistoryRow, leaf: string, statement: Statement): HistoryEvent {
  const isEntry = row.line >= 0;
  return {
    kind: row.kind,
    index: row.index,
    line: isEntry ? row.line : null,
    time: new Date(statement.time),
    verdict: row.verdict === null ? null : VERDICTS[row.verdict]!,
    code: row.code === null ? null : (DECISION_CODES[row.code - 1] ?? null),
    effect: row.effect === null ? null : EFFECTS[row.effect]!,
    prev: row.prev,
    named: row.named,
    reason: reasonOf(row, statement),
    expires: row.expires === null ? null : new Date(row.expires * DAY_MS).toISOString().slice(0, 10),
    author: isEntry ? authorOf(row) : null,
    endedAs: row.endedAs,
    endedBy: row.endedBy,
    member: isEntry ? null : row.member,
    key: isEntry ? null : row.key,
    ended: row.ended ?? [],
    leaf,
  };
}

function reasonOf({ reason }: HistoryRow, statement: Statement): string | null {
  if (statement.kind === 'erase') return statement.reason;
  return reason === null ? null : REASONS.get(reason)!;
}

function authorOf(row: HistoryRow): EntryAuthor | null {
  const { member, key, group, keyAdded, keyRevoked, keyVoidFrom } = row;
  if (member === null || key === null) return null;
  const keyStanding = keyStandingAt(row.index, keyAdded, keyRevoked);
  return { member, group, key, keyAdded, keyRevoked, keyVoidFrom, keyStanding, own: row.own === true };
}

/** What the log says of a key at an index: it stands from the statement that registers it to the one that revokes it. */
export function keyStandingAt(index: number, added: number | null, revoked: number | null): KeyStandingThen {
  if (added === null || added > index) return 'not_registered';
  return revoked !== null && revoked < index ? 'revoked' : 'active';
}
