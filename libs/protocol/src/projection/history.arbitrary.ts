import fc from 'fast-check';
import { toHex } from '../hex.js';
import { signalTypeByName } from '../signal-types/registry.js';
import type { ChannelPolicy } from '../statement/channel-policy.js';
import { comparePlaces } from '../statement/erased-places.js';
import type {
  LinePlace,
  MemberKind,
  MemberStatus,
  Statement,
  StatementBody,
} from '../statement/statement.js';
import { decisionsRoot, type Decision, type Verdict } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { RETRACTION_REASONS, type RetractionReason } from '../submission/operations.js';
import type { ProjectionInput } from './project.js';

/** The day on which histories begin. */
export const FIRST_DAY = 20_000;
const MS_PER_HOUR = 3_600_000;

/** One entry, as a test names it: signals are numbers. */
export interface EntryWish {
  op: 'assert' | 'retract';
  signal: number;
  labels?: readonly string[];
  quality?: number | null;
  /** Days after FIRST_DAY. */
  expires?: number | null;
  reason?: RetractionReason;
  verdict?: Verdict;
}

/** One submission, as a test names it. */
export interface SubmissionWish {
  member: string;
  /** The member's first signing key unless given. */
  key?: string;
  channel?: string;
  named?: boolean;
  entries: readonly EntryWish[];
}

/** Number of signals that a history is about. */
export const SIGNALS = 5;

/** Type and key of signal `n`: the even ones are PDQ hashes. */
export function signalOf(n: number): { type: 'pdq' | 'md5'; key: Uint8Array } {
  const type = n % 2 === 0 ? 'pdq' : 'md5';
  return { type, key: new Uint8Array(type === 'pdq' ? 32 : 16).fill(n) };
}

/** A thumbprint: what a test calls a key. */
export function keyOf(member: string, name: string): string {
  return `${member}-${name}-`.padEnd(43, 'A');
}

const ROOT = '00'.repeat(32);
const SALT = '00'.repeat(16);

/** Writes a history step by step, keeping the books that an honest hub keeps. */
export class HistoryWriter {
  readonly inputs: ProjectionInput[] = [];
  private time = FIRST_DAY * 24 * MS_PER_HOUR;
  /** Log indexes of the entries about each signal, as far as they are not erased. */
  private readonly about = new Map<string, LinePlace[]>();
  private readonly counters = new Map<string, number>();

  /** Log index of the next statement. */
  get size(): number {
    return this.inputs.length;
  }

  /** Lets time pass. */
  wait(hours: number): this {
    this.time += hours * MS_PER_HOUR;
    return this;
  }

  /** Logs a statement of any kind but submission. */
  log(body: StatementBody): this {
    this.inputs.push({ statement: { ...body, time: this.time } as Statement });
    return this;
  }

  /** Logs a submission with its evidence. */
  submit(wish: SubmissionWish): this {
    const { member, channel = 'csam', named = false } = wish;
    const decisions = wish.entries.map((entry) => this.decide(channel, entry));
    wish.entries.forEach(({ signal }, line) => {
      const place = `${channel}/${signal}`;
      this.about.set(place, [...(this.about.get(place) ?? []), { index: this.size, line }]);
    });
    const counter = (this.counters.get(member) ?? 0) + 1;
    this.counters.set(member, counter);
    const tally = (verdict: Verdict) => decisions.filter((decision) => decision.verdict === verdict).length;
    this.inputs.push({
      statement: { kind: 'submission', content: ROOT, author: ROOT, head: null, time: this.time },
      submission: {
        content: {
          salt: SALT,
          channel,
          attribution: named ? 'named' : 'anonymous',
          count: decisions.length,
          root: ROOT,
          decisions: decisionsRoot(decisions),
          accepted: tally('accepted'),
          held: tally('held'),
          rejected: tally('rejected'),
        },
        author: {
          salt: SALT,
          member,
          group: 'as-decided',
          key: wish.key ?? keyOf(member, 'one'),
          counter,
          manifest: ROOT,
        },
        entries: wish.entries.map(toEntry),
        decisions,
      },
    });
    return this;
  }

  /** Lines that can still be erased. */
  get lines(): LinePlace[] {
    return [...this.about.values()].flat().sort(comparePlaces);
  }

  /** Erases lines: whoever replays the log from now on is shown them no more. */
  erase(lines: readonly LinePlace[]): this {
    for (const { index, line } of lines) {
      const { statement, submission } = this.inputs[index]!;
      const entries = submission!.entries.with(line, null);
      this.inputs[index] = { statement, submission: { ...submission!, entries } };
    }
    const isErased = (place: LinePlace) => lines.some((other) => comparePlaces(place, other) === 0);
    for (const [signal, places] of this.about)
      this.about.set(
        signal,
        places.filter((place) => !isErased(place)),
      );
    return this.log({ kind: 'erase', lines, reason: 'data_subject' });
  }

  private decide(channel: string, { signal, verdict = 'accepted' }: EntryWish): Decision {
    const prev = this.about.get(`${channel}/${signal}`)?.at(-1)?.index ?? null;
    return { verdict, code: verdict === 'accepted' ? null : 'unknown_label', prev };
  }
}

function toEntry({ op, signal, labels, quality, expires, reason }: EntryWish): Entry {
  const { type, key } = signalOf(signal);
  const base = { type: signalTypeByName(type)!, key, salt: SALT };
  if (op === 'retract') return { ...base, op, reason: reason ?? 'withdrawn' };
  return {
    ...base,
    op,
    labels: labels ?? [],
    quality: type === 'pdq' ? (quality ?? null) : null,
    expires: expires === null || expires === undefined ? null : FIRST_DAY + expires,
    legalBasis: null,
    media: null,
  };
}

/** Labels of both channels; `extra` only once a policy has added it. */
export const LABELS = ['a', 'b', 'extra'];

/** A policy of the channels here. */
export function policyOf(corroboration: number, types = ['md5', 'pdq'], labels = 2): ChannelPolicy {
  const codes = LABELS.slice(0, labels).map((label, at) => ({ code: 10 * (at + 1), label }));
  return { tlp: 'amber', types, labels: codes, corroboration };
}

interface Organisation {
  member: string;
  memberKind: MemberKind;
  group: string;
  accredited: boolean;
}

/** Two organisations under one control, a hotline, and one that stands alone. */
export const ORGANISATIONS: readonly Organisation[] = [
  { member: 'alpha', memberKind: 'platform', group: 'one', accredited: false },
  { member: 'bravo', memberKind: 'ngo', group: 'one', accredited: false },
  { member: 'charlie', memberKind: 'hotline', group: 'two', accredited: false },
  { member: 'delta', memberKind: 'platform', group: 'three', accredited: false },
];
export const CHANNELS = ['csam', 'tvec'];

/** The statement about an organisation of the list, with other facts if given. */
export function memberStatement(at: number, facts: Partial<Organisation> = {}): StatementBody {
  const organisation = ORGANISATIONS[at]!;
  // Codes descend, so that order of admission and order of code differ.
  return { kind: 'member', code: 100 - at, name: organisation.member, ...organisation, ...facts };
}

/** The statement that registers a key. Only its name matters to the projection. */
export function keyStatement(
  member: string,
  name: string,
  purpose: 'auth' | 'signing' = 'signing',
): StatementBody {
  const key = keyOf(member, name);
  return { kind: 'key', member, purpose, key, jwk: { kty: 'OKP', crv: 'Ed25519', x: key } };
}

/** A hub with its channels, members, keys and rights. */
export function begin(): HistoryWriter {
  const history = new HistoryWriter().log({ kind: 'hub', origin: 'hub.example.org', keys: [] });
  for (const channel of CHANNELS) history.log({ kind: 'channel', channel, policy: policyOf(2) });
  ORGANISATIONS.forEach(({ member }, at) => {
    history.log(memberStatement(at));
    history.log(keyStatement(member, 'one')).log(keyStatement(member, 'two'));
    history.log(keyStatement(member, 'login', 'auth'));
    for (const channel of CHANNELS)
      history.log({ kind: 'right', member, channel, submit: true, receive: true });
  });
  return history;
}

/** What may happen next in a history. */
export type Step = (history: HistoryWriter) => void;

const anyMember = fc.constantFrom(...ORGANISATIONS.map(({ member }) => member));
const anyChannel = fc.constantFrom('csam', 'csam', 'tvec');
const anyPlace = fc.nat(ORGANISATIONS.length - 1);
/** Signing keys, mostly; a login key and one that is not registered, too. */
const anyKeyName = fc.constantFrom('one', 'one', 'one', 'two', 'two', 'login', 'stray');

const anyEntry: fc.Arbitrary<EntryWish> = fc.record(
  {
    op: fc.constantFrom('assert' as const, 'assert' as const, 'retract' as const),
    signal: fc.nat(SIGNALS - 1),
    labels: fc.subarray(LABELS),
    quality: fc.nat(100),
    expires: fc.integer({ min: -1, max: 8 }),
    reason: fc.constantFrom(...(Object.keys(RETRACTION_REASONS) as RetractionReason[])),
    verdict: fc.constantFrom(
      'accepted' as const,
      'accepted' as const,
      'accepted' as const,
      'held' as const,
      'rejected' as const,
    ),
  },
  { requiredKeys: ['op', 'signal'] },
);

const anySubmission: fc.Arbitrary<Step> = fc
  .record({
    member: anyMember,
    ownKey: fc.constantFrom(true, true, true, true, true, true, true, false),
    name: anyKeyName,
    channel: anyChannel,
    named: fc.boolean(),
    entries: fc.array(anyEntry, { minLength: 1, maxLength: 4 }),
  })
  .map(({ ownKey, name, ...wish }) => (history) => {
    history.submit({ ...wish, key: keyOf(ownKey ? wish.member : 'delta', name) });
  });

const anyRevocation: fc.Arbitrary<Step> = fc
  .record({ member: anyMember, name: fc.constantFrom('one', 'two', 'login'), back: fc.nat(15) })
  .map(({ member, name, back }) => (history) => {
    const key = keyOf(member, name);
    const revoked = history.inputs.some(
      ({ statement }) => statement.kind === 'key_revoked' && statement.key === key,
    );
    const from = Math.max(0, history.size - back);
    if (!revoked) history.log({ kind: 'key_revoked', member, key, from, reason: 'compromised' });
  });

const anyRecall: fc.Arbitrary<Step> = fc
  .record({ member: anyMember, back: fc.nat(15) })
  .map(({ member, back }) => (history) => {
    history.log({ kind: 'recall', member, from: Math.max(0, history.size - back) });
  });

const anyStatus: fc.Arbitrary<Step> = fc
  .record({
    member: anyMember,
    status: fc.constantFrom<MemberStatus>(
      'active',
      'active',
      'probation',
      'probation',
      'suspended',
      'expelled',
    ),
  })
  .map((body) => (history) => void history.log({ kind: 'member_status', ...body }));

const anyRight: fc.Arbitrary<Step> = fc
  .record({ member: anyMember, channel: anyChannel, submit: fc.boolean(), receive: fc.boolean() })
  .map((body) => (history) => void history.log({ kind: 'right', ...body }));

const anyFacts: fc.Arbitrary<Step> = fc
  .record({ at: anyPlace, group: fc.constantFrom('one', 'two', 'three', 'four'), accredited: fc.boolean() })
  .map(({ at, group, accredited }) => (history) => {
    const facts = { group, accredited: accredited && ORGANISATIONS[at]!.memberKind === 'hotline' };
    history.log(memberStatement(at, facts));
  });

const anyPolicyChange: fc.Arbitrary<Step> = fc
  .record({
    channel: anyChannel,
    corroboration: fc.integer({ min: 2, max: 3 }),
    types: fc.subarray(['md5', 'pdq']),
  })
  .map(({ channel, corroboration, types }) => (history) => {
    history.log({ kind: 'channel', channel, policy: policyOf(corroboration, types, 3) });
  });

const anyErasure: fc.Arbitrary<Step> = fc
  .array(fc.nat(), { minLength: 1, maxLength: 3 })
  .map((picks) => (history) => {
    const { lines } = history;
    const places = new Set(lines.length === 0 ? [] : picks.map((pick) => pick % lines.length));
    if (places.size > 0) history.erase([...places].sort((a, b) => a - b).map((at) => lines[at]!));
  });

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: anySubmission },
  { weight: 3, arbitrary: fc.constant<Step>((history) => void history.log({ kind: 'tick' })) },
  { weight: 2, arbitrary: anyRevocation },
  { weight: 2, arbitrary: anyFacts },
  { weight: 2, arbitrary: anyStatus },
  { weight: 2, arbitrary: anyErasure },
  { weight: 1, arbitrary: anyRecall },
  { weight: 1, arbitrary: anyRight },
  { weight: 1, arbitrary: anyPolicyChange },
  {
    weight: 1,
    arbitrary: fc.constant<Step>((history) => void history.log({ kind: 'published', feeds: [] })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(
      (history) => void history.log({ kind: 'audit', size: 1, head: '00'.repeat(32) }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Step>(
      (history) => void history.log({ kind: 'state', size: history.size, root: '00'.repeat(32) }),
    ),
  },
);

/** A history after `begin()`, with time between its steps. */
export const anyHistory: fc.Arbitrary<HistoryWriter> = fc
  .array(fc.tuple(fc.nat(30), anyStep), { maxLength: 40 })
  .map((steps) => {
    const history = begin();
    for (const [hours, step] of steps) step(history.wait(hours));
    return history;
  });

/** Name of a record in all feeds together. */
export function placeOf(channel: string, type: string, key: Uint8Array): string {
  return `${channel}/${type}/${toHex(key)}`;
}
