import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeMetadata, isRemovalReason } from '../feed/index.js';
import { toHex } from '../hex.js';
import type { Statement, StatementKind } from '../statement/statement.js';
import { decisionsRoot, type Decision } from '../submission/decisions.js';
import type { Entry } from '../submission/entry.js';
import { RETRACTION_REASONS } from '../submission/operations.js';
import { anyHistory, keyOf, placeOf } from './history.arbitrary.js';
import { project, type ProjectionInput } from './project.js';
import { emptyState, type ProjectionState, type RecordChange } from './state.js';

/** Records by place, as hex of their metadata. */
type Records = Map<string, string>;

function replay(inputs: readonly ProjectionInput[]): {
  state: ProjectionState;
  steps: RecordChange[][];
  records: Records;
} {
  let state = emptyState();
  const records: Records = new Map();
  const steps = inputs.map((input) => {
    const step = project(state, input);
    state = step.state;
    step.changes.forEach((change) => apply(records, change));
    return step.changes;
  });
  return { state, steps, records };
}

/** Applies a change as a copy of the feed would, and refuses one that does not fit. */
function apply(records: Records, { channel, type, key, before, after }: RecordChange): void {
  const place = placeOf(channel, type, key);
  expect(records.get(place)).toBe(before === null ? undefined : toHex(before));
  if (after === null) records.delete(place);
  else records.set(place, toHex(after));
}

/**
 * The records after a history, worked out anew from the whole history at once: for each entry, look back for the gates, look
 * everywhere for revocations, and keep each member's last word. Nothing is shared with the code under test but the formats.
 */
function recordsOf(inputs: readonly ProjectionInput[]): Map<string, unknown> {
  const words = new Map<string, Map<string, Operation>>();
  for (const operation of operationsOf(inputs)) {
    if (isVoid(inputs, operation)) continue;
    words.set(operation.place, (words.get(operation.place) ?? new Map()).set(operation.member, operation));
  }
  const now = lastOf(inputs, inputs.length, 'tick')?.time ?? 0;
  const records = new Map<string, unknown>();
  for (const [place, byMember] of words) {
    const claims = [...byMember.values()].filter(
      ({ asserts, expires }) => asserts && (expires === null || expires * 86_400_000 > now),
    );
    if (claims.length > 0) records.set(place, recordOf(inputs, claims));
  }
  return records;
}

interface Operation {
  index: number;
  place: string;
  channel: string;
  member: string;
  key: string;
  named: boolean;
  asserts: boolean;
  labels: string[];
  quality: number | null;
  expires: number | null;
}

function operationsOf(inputs: readonly ProjectionInput[]): Operation[] {
  return inputs.flatMap(({ submission }, index) => {
    if (submission === undefined || !mayPass(inputs, index)) return [];
    const { content, author, entries, decisions } = submission;
    const { policy } = lastOf(inputs, index, 'channel', ({ channel }) => channel === content.channel)!;
    return entries.flatMap((entry, line): Operation[] => {
      if (entry === null) return [];
      const claim = entry.op === 'assert' ? entry : { labels: [], quality: null, expires: null };
      const known = claim.labels.every((label) => policy.labels.some((other) => other.label === label));
      const effective = decisions[line]!.verdict === 'accepted' && policy.types.includes(entry.type.name);
      if (!known || !effective) return [];
      const place = placeOf(content.channel, entry.type.name, entry.key);
      const { member, key } = author;
      const from = { index, place, channel: content.channel, member, key };
      const { quality, expires } = claim;
      const named = content.attribution === 'named';
      return [
        { ...from, named, asserts: entry.op === 'assert', labels: [...claim.labels], quality, expires },
      ];
    });
  });
}

function mayPass(inputs: readonly ProjectionInput[], index: number): boolean {
  const { content, author } = inputs[index]!.submission!;
  const ofMember = ({ member }: { member: string }) => member === author.member;
  const status = lastOf(inputs, index, 'member_status', ofMember)?.status ?? 'active';
  const key = lastOf(inputs, index, 'key', (statement) => statement.key === author.key);
  const revoked = lastOf(inputs, index, 'key_revoked', (statement) => statement.key === author.key);
  const right = lastOf(inputs, index, 'right', (r) => ofMember(r) && r.channel === content.channel);
  const goodKey = key?.member === author.member && key.purpose === 'signing' && revoked === undefined;
  return (status === 'active' || status === 'probation') && goodKey && right?.submit === true;
}

function isVoid(inputs: readonly ProjectionInput[], { key, member, index }: Operation): boolean {
  return inputs.some(
    ({ statement }, at) =>
      (statement.kind === 'key_revoked' && statement.key === key && index >= statement.from) ||
      (statement.kind === 'recall' && statement.member === member && index >= statement.from && index < at),
  );
}

function recordOf(inputs: readonly ProjectionInput[], claims: readonly Operation[]): unknown {
  const end = inputs.length;
  const { policy } = lastOf(inputs, end, 'channel', ({ channel }) => channel === claims[0]!.channel)!;
  const facts = claims.map((claim) => ({
    ...claim,
    ...lastOf(inputs, end, 'member', ({ member }) => member === claim.member)!,
  }));
  const proven = facts.filter(({ member }) => {
    const status = lastOf(inputs, end, 'member_status', (statement) => statement.member === member)?.status;
    return status !== 'probation';
  });
  const groups = (some: { group: string }[]) => new Set(some.map(({ group }) => group)).size;
  const corroborated = groups(proven) >= policy.corroboration ? 'corroborated' : 'provisional';
  const labels = policy.labels
    .map(({ code, label }) => ({ code, count: groups(facts.filter((fact) => fact.labels.includes(label))) }))
    .filter(({ count }) => count > 0);
  const days = facts.map(({ expires }) => expires);
  const qualities = facts.flatMap(({ quality }) => quality ?? []);
  return {
    status: 'active',
    assurance: proven.some(({ accredited }) => accredited) ? 'verified' : corroborated,
    supporters: groups(facts),
    labels,
    ...(days.includes(null) ? {} : { expiryDay: Math.max(...(days as number[])) }),
    ...(qualities.length === 0 ? {} : { quality: Math.max(...qualities) }),
    authors: facts
      .filter(({ named }) => named)
      .map(({ code }) => code)
      .sort((a, b) => a - b),
    unknown: [],
  };
}

/** The last statement of a kind before an index that matches. */
function lastOf<K extends StatementKind>(
  inputs: readonly ProjectionInput[],
  before: number,
  kind: K,
  matches: (statement: Extract<Statement, { kind: K }>) => boolean = () => true,
): Extract<Statement, { kind: K }> | undefined {
  for (let at = before - 1; at >= 0; at--) {
    const { statement } = inputs[at]!;
    if (statement.kind !== kind) continue;
    const found = statement as Extract<Statement, { kind: K }>;
    if (matches(found)) return found;
  }
  return undefined;
}

/** Reasons that a removal at this statement can have. */
function reasonsAt({ statement, submission }: ProjectionInput, { key, type }: RecordChange): number[] {
  if (statement.kind === 'tick') return [6];
  if (statement.kind === 'key_revoked') return [1, 7];
  if (statement.kind === 'recall') return [1, 8];
  const about = submission!.entries.filter(
    (entry) => entry !== null && entry.type.name === type && toHex(entry.key) === toHex(key),
  ) as Entry[];
  return about.map((entry) => (entry.op === 'retract' ? RETRACTION_REASONS[entry.reason] : 6));
}

describe('project, over any history', () => {
  it('emits changes that lead to the records of the whole history, seen at once', () => {
    fc.assert(
      fc.property(anyHistory, ({ inputs }) => {
        const { records } = replay(inputs);
        const decoded = [...records].map(([place, hex]): [string, unknown] => [
          place,
          decodeMetadata(Uint8Array.from(Buffer.from(hex, 'hex'))),
        ]);
        expect(new Map(decoded)).toEqual(recordsOf(inputs));
      }),
      { numRuns: 300 },
    );
  });

  it('does the same every time', () => {
    fc.assert(
      fc.property(anyHistory, ({ inputs }) => {
        const [first, second] = [replay(inputs), replay(inputs)];
        expect(second.steps).toEqual(first.steps);
        expect(second.state).toEqual(first.state);
      }),
      { numRuns: 50 },
    );
  });

  it('changes a record at most once a step, so that the order of changes does not matter', () => {
    fc.assert(
      fc.property(anyHistory, ({ inputs }) => {
        for (const changes of replay(inputs).steps) {
          const places = changes.map(({ channel, type, key }) => placeOf(channel, type, key));
          expect(new Set(places).size).toBe(places.length);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('gives every removal a reason that a pack can hold and that its statement gives', () => {
    fc.assert(
      fc.property(anyHistory, ({ inputs }) => {
        replay(inputs).steps.forEach((changes, index) => {
          for (const change of changes.filter(({ after }) => after === null)) {
            expect(isRemovalReason(change.reason)).toBe(true);
            expect(reasonsAt(inputs[index]!, change)).toContain(change.reason);
          }
        });
      }),
      { numRuns: 200 },
    );
  });

  it('lets nothing of a revoked key have effect from the given index on', () => {
    const anyKey = fc.tuple(fc.constantFrom('alpha', 'bravo', 'charlie'), fc.constantFrom('one', 'two'));
    fc.assert(
      fc.property(anyHistory, anyKey, fc.nat(30), (history, [member, name], back) => {
        const key = keyOf(member, name);
        fc.pre(
          !history.inputs.some(({ statement }) => statement.kind === 'key_revoked' && statement.key === key),
        );
        const size = history.size;
        const from = Math.max(0, size - back);
        history.log({ kind: 'key_revoked', member, key, from, reason: 'compromised' });
        const without = history.inputs.map((input, index) =>
          input.submission?.author.key === key && index >= from ? underAnotherKey(input) : input,
        );
        expect(replay(history.inputs).records).toEqual(replay(without).records);
      }),
      { numRuns: 100 },
    );
  });

  it('has no records when nothing was accepted', () => {
    fc.assert(
      fc.property(anyHistory, ({ inputs }) => {
        const { steps, records } = replay(inputs.map(held));
        expect(steps.flat()).toEqual([]);
        expect(records.size).toBe(0);
      }),
      { numRuns: 50 },
    );
  });
});

/** The same submission, signed with a key that is not registered. */
function underAnotherKey(input: ProjectionInput): ProjectionInput {
  const submission = input.submission!;
  return {
    ...input,
    submission: { ...submission, author: { ...submission.author, key: keyOf('nobody', 'x') } },
  };
}

/** The same statement, all its entries held. */
function held(input: ProjectionInput): ProjectionInput {
  const { submission } = input;
  if (submission === undefined) return input;
  const decisions = submission.decisions.map(({ prev }): Decision => ({
    verdict: 'held',
    code: 'unknown_label',
    prev,
  }));
  const tally = { accepted: 0, held: decisions.length, rejected: 0 };
  const content = { ...submission.content, ...tally, decisions: decisionsRoot(decisions) };
  return { ...input, submission: { ...submission, content, decisions } };
}
