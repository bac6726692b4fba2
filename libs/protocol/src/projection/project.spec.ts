import { describe, expect, it } from '@jest/globals';
import { decodeMetadata, removalReasonName, type Metadata } from '../feed/index.js';
import { toHex } from '../hex.js';
import type { RetractionReason } from '../submission/operations.js';
import { ineffectiveness } from './apply-submission.js';
import {
  begin,
  keyOf,
  keyStatement,
  memberStatement,
  policyOf,
  signalOf,
  type EntryWish,
  type HistoryWriter,
} from './history.arbitrary.js';
import { countRecords, project, PROJECTION_VERSION } from './project.js';
import { emptyState, type ProjectionState, type RecordChange } from './state.js';

const ASSERT: EntryWish = { op: 'assert', signal: 0 };
const RETRACT: EntryWish = { op: 'retract', signal: 0 };

function replay({ inputs }: HistoryWriter): { state: ProjectionState; last: RecordChange[] } {
  let state = emptyState();
  let last: RecordChange[] = [];
  for (const input of inputs) ({ state, changes: last } = project(state, input));
  return { state, last };
}

/** The record of signal 0 in channel csam, or null. */
function recordAfter(history: HistoryWriter): Metadata | null {
  const { type, key } = signalOf(0);
  const metadata = replay(history).state.channels.get('csam')!.signals.get(type)?.get(toHex(key))?.metadata;
  return metadata ? decodeMetadata(metadata) : null;
}

/** The reason with which the last step removes its one record. */
function reasonOf(history: HistoryWriter): string {
  const { last } = replay(history);
  expect(last).toHaveLength(1);
  expect(last[0]!.after).toBeNull();
  return removalReasonName(last[0]!.reason);
}

const asserted = (named = false) => begin().submit({ member: 'alpha', named, entries: [ASSERT] });

describe('project', () => {
  it('is version 1 of the rules', () => {
    expect(PROJECTION_VERSION).toBe(1);
  });

  describe('when members assert', () => {
    it('adds a record once, and updates it as facts change', () => {
      const { type, key } = signalOf(0);
      const first = replay(asserted()).last;
      expect(first).toEqual([
        { channel: 'csam', type, key, before: null, after: first[0]!.after, reason: 0 },
      ]);
      const again = replay(asserted().submit({ member: 'alpha', entries: [ASSERT] })).last;
      expect(again).toEqual([]);
      const second = replay(asserted().submit({ member: 'delta', entries: [ASSERT] })).last;
      expect(second).toMatchObject([{ before: first[0]!.after, after: expect.any(Uint8Array) }]);
    });

    it('takes what they last said', () => {
      const history = begin().submit({
        member: 'alpha',
        entries: [
          { ...ASSERT, labels: ['a'], quality: 10 },
          { ...ASSERT, labels: ['b'], quality: 5 },
        ],
      });
      expect(recordAfter(history)).toMatchObject({ labels: [{ code: 20, count: 1 }], quality: 5 });
    });

    it('keeps channels apart', () => {
      const { state } = replay(
        asserted().submit({ member: 'alpha', channel: 'tvec', entries: [ASSERT, ASSERT] }),
      );
      expect(countRecords(state.channels.get('csam')!)).toEqual(new Map([['pdq', 1]]));
      expect(countRecords(state.channels.get('tvec')!)).toEqual(new Map([['pdq', 1]]));
      const gone = replay(asserted().submit({ member: 'alpha', entries: [RETRACT] })).state;
      expect(countRecords(gone.channels.get('csam')!)).toEqual(new Map([['pdq', 0]]));
    });

    it('counts two members of one control group once', () => {
      const both = asserted().submit({ member: 'bravo', entries: [ASSERT] });
      expect(recordAfter(both)).toMatchObject({ supporters: 1, assurance: 'provisional' });
      expect(recordAfter(both.submit({ member: 'delta', entries: [ASSERT] }))).toMatchObject({
        supporters: 2,
        assurance: 'corroborated',
      });
    });

    it('follows group, accreditation and policy as they are now', () => {
      const both = () => asserted().submit({ member: 'bravo', entries: [ASSERT] });
      expect(recordAfter(both().log(memberStatement(1, { group: 'own' })))?.assurance).toBe('corroborated');
      const three = () => both().submit({ member: 'charlie', entries: [ASSERT] });
      expect(recordAfter(three())?.assurance).toBe('corroborated');
      expect(recordAfter(three().log(memberStatement(2, { accredited: true })))?.assurance).toBe('verified');
      const stricter = three().log({ kind: 'channel', channel: 'csam', policy: policyOf(3) });
      expect(recordAfter(stricter)?.assurance).toBe('provisional');
    });

    it('names those who wish it, by their codes', () => {
      expect(recordAfter(asserted(true))?.authors).toEqual([100]);
      expect(recordAfter(asserted(true).submit({ member: 'alpha', entries: [ASSERT] }))?.authors).toEqual([]);
    });
  });

  describe('when a gate is shut at the place of a submission', () => {
    const submitted = (history: HistoryWriter, key = keyOf('delta', 'one')) =>
      recordAfter(history.submit({ member: 'delta', key, entries: [ASSERT] }));

    it.each(['suspended', 'expelled'] as const)('has no effect when the member is %s', (status) => {
      const shut = () => begin().log({ kind: 'member_status', member: 'delta', status });
      expect(submitted(shut())).toBeNull();
      expect(
        submitted(shut().log({ kind: 'member_status', member: 'delta', status: 'active' })),
      ).not.toBeNull();
      const before = begin().submit({ member: 'delta', entries: [ASSERT] });
      expect(recordAfter(before.log({ kind: 'member_status', member: 'delta', status }))).not.toBeNull();
    });

    it('has effect on probation, and assures nobody until that ends', () => {
      const status = (status: 'probation' | 'active') =>
        ({ kind: 'member_status', member: 'delta', status }) as const;
      const history = begin()
        .log(status('probation'))
        .submit({ member: 'delta', entries: [ASSERT] })
        .submit({ member: 'alpha', entries: [ASSERT] });
      expect(recordAfter(history)).toMatchObject({ assurance: 'provisional', supporters: 2 });
      expect(recordAfter(history.log(status('active')))?.assurance).toBe('corroborated');
      expect(recordAfter(history.log(status('probation')))?.assurance).toBe('provisional');
    });

    it('has no effect without the right to submit', () => {
      const right = { kind: 'right', member: 'delta', channel: 'csam', receive: true } as const;
      expect(submitted(begin().log({ ...right, submit: false }))).toBeNull();
      expect(
        submitted(
          begin()
            .log({ ...right, submit: false })
            .log({ ...right, submit: true }),
        ),
      ).not.toBeNull();
      const foreign = begin().log({ kind: 'channel', channel: 'new', policy: policyOf(2) });
      const { last } = replay(foreign.submit({ member: 'delta', channel: 'new', entries: [ASSERT] }));
      expect(last).toEqual([]);
    });

    it('has no effect with a key that is not a good signing key of the member', () => {
      expect(submitted(begin(), keyOf('delta', 'login'))).toBeNull();
      expect(submitted(begin(), keyOf('delta', 'stray'))).toBeNull();
      expect(submitted(begin(), keyOf('alpha', 'one'))).toBeNull();
      const revoked = begin();
      revoked.log({
        kind: 'key_revoked',
        member: 'delta',
        key: keyOf('delta', 'one'),
        from: revoked.size,
        reason: 'lost',
      });
      expect(submitted(revoked)).toBeNull();
      expect(submitted(revoked.log(keyStatement('delta', 'three')), keyOf('delta', 'three'))).not.toBeNull();
    });

    it('says which', () => {
      const { state } = replay(begin().log({ kind: 'member_status', member: 'bravo', status: 'suspended' }));
      const csam = state.channels.get('csam')!;
      const why = (member: string, key: string, channel = csam) => {
        const { submission } = begin()
          .submit({ member, key, entries: [ASSERT] })
          .inputs.at(-1)!;
        return ineffectiveness(state, channel, submission!);
      };
      expect(why('alpha', keyOf('alpha', 'one'))).toBeNull();
      expect(why('bravo', keyOf('bravo', 'one'))).toBe('member_not_active');
      expect(why('nobody', keyOf('alpha', 'one'))).toBe('member_not_active');
      expect(why('alpha', keyOf('alpha', 'login'))).toBe('key_not_active');
      expect(why('alpha', keyOf('alpha', 'one'), { ...csam, rights: new Map() })).toBe('no_right_to_submit');
    });
  });

  describe('when a member is recalled', () => {
    it('takes back all it said from there on, and nothing it says later', () => {
      const history = begin().submit({ member: 'alpha', entries: [ASSERT] });
      const from = history.size;
      history.submit({
        member: 'alpha',
        key: keyOf('alpha', 'two'),
        entries: [{ op: 'retract', signal: ASSERT.signal }],
      });
      expect(recordAfter(history)).toBeNull();
      expect(recordAfter(history.log({ kind: 'recall', member: 'alpha', from }))).not.toBeNull();
      const { last } = replay(history.log({ kind: 'recall', member: 'alpha', from: 0 }));
      expect(last).toMatchObject([{ after: null, reason: 1 }]);
      expect(recordAfter(history.submit({ member: 'alpha', entries: [ASSERT] }))).not.toBeNull();
    });

    it('gives its reason only for what was said by name', () => {
      const history = begin().submit({ member: 'alpha', named: true, entries: [ASSERT] });
      const { last } = replay(history.log({ kind: 'recall', member: 'alpha', from: 0 }));
      expect(last).toMatchObject([{ after: null, reason: 8 }]);
    });
  });

  describe('when a statement is about governance', () => {
    it('follows nothing', () => {
      const policy = {
        ...{ endorsements: 2, foundingMembers: 5, objectionDays: 14 },
        ...{ probationDays: 90, probationEntriesADay: 10_000, conformanceDays: 180, attestationDays: 365 },
      };
      const history = begin().submit({ member: 'alpha', entries: [ASSERT] });
      for (const body of [
        { kind: 'admission_policy', policy },
        { kind: 'bootstrap', staff: 2 },
        { kind: 'agreement', member: 'alpha', version: 1, digest: '00'.repeat(32) },
        { kind: 'audit', size: 1, head: '00'.repeat(32) },
        { kind: 'state', size: 1, root: '00'.repeat(32) },
      ] as const) {
        expect(replay(history.log(body)).last).toEqual([]);
      }
    });
  });

  describe('when an entry is not accepted, or the policy in force does not know it', () => {
    it.each<[string, EntryWish]>([
      ['held', { ...ASSERT, verdict: 'held' }],
      ['rejected', { ...ASSERT, verdict: 'rejected' }],
      ['labelled with what is no label', { ...ASSERT, labels: ['a', 'extra'] }],
    ])('has no effect when it is %s, and the others have', (_, entry) => {
      const other: EntryWish = { op: 'assert', signal: 1 };
      const { last } = replay(begin().submit({ member: 'alpha', entries: [entry, other] }));
      expect(last.map(({ type }) => type)).toEqual(['md5']);
    });

    it('has no effect when its type is not in the channel any more; records of the type stay', () => {
      const narrowed = asserted().log({ kind: 'channel', channel: 'csam', policy: policyOf(2, ['md5']) });
      expect(recordAfter(narrowed)).toMatchObject({ supporters: 1 });
      expect(recordAfter(narrowed.submit({ member: 'delta', entries: [ASSERT] }))).toMatchObject({
        supporters: 1,
      });
    });

    it('retracts nothing when the retraction was held', () => {
      const history = asserted().submit({ member: 'alpha', entries: [{ ...RETRACT, verdict: 'held' }] });
      expect(recordAfter(history)).not.toBeNull();
    });
  });

  describe('when a member retracts', () => {
    it.each<RetractionReason>(['withdrawn', 'false_positive', 'error', 'superseded', 'legal'])(
      'removes the record with the reason %s, and asserts again',
      (reason) => {
        const history = asserted().submit({ member: 'alpha', entries: [{ ...RETRACT, reason }] });
        expect(reasonOf(history)).toBe(reason);
        expect(recordAfter(history)).toBeNull();
        expect(recordAfter(history.submit({ member: 'alpha', entries: [ASSERT] }))).not.toBeNull();
      },
    );

    it('ends its own claim and nobody else’s', () => {
      const both = asserted().submit({ member: 'delta', entries: [ASSERT] });
      expect(recordAfter(both.submit({ member: 'delta', entries: [RETRACT] }))).toMatchObject({
        supporters: 1,
      });
      expect(recordAfter(asserted().submit({ member: 'delta', entries: [RETRACT] }))).not.toBeNull();
    });
  });

  describe('when the day of a claim comes', () => {
    const until = (day: number) =>
      begin().submit({ member: 'alpha', entries: [{ ...ASSERT, expires: day }] });

    it('stands until the first tick that is not earlier', () => {
      expect(recordAfter(until(1).wait(23).log({ kind: 'tick' }))).not.toBeNull();
      expect(recordAfter(until(1).wait(24))).not.toBeNull();
      expect(
        recordAfter(
          until(1)
            .wait(24)
            .submit({ member: 'delta', entries: [{ ...ASSERT, signal: 1 }] }),
        ),
      ).not.toBeNull();
      const ended = until(1).wait(24).log({ kind: 'tick' });
      expect(reasonOf(ended)).toBe('expired');
      expect(recordAfter(ended.wait(24).log({ kind: 'tick' }))).toBeNull();
    });

    it('never stands when a tick had come first, and then ends the claim before', () => {
      const late: EntryWish = { ...ASSERT, expires: 1 };
      const ticked = () => begin().wait(48).log({ kind: 'tick' });
      expect(recordAfter(ticked().submit({ member: 'alpha', entries: [late] }))).toBeNull();
      const replaced = ticked()
        .submit({ member: 'alpha', entries: [ASSERT] })
        .submit({ member: 'alpha', entries: [late] });
      expect(reasonOf(replaced)).toBe('expired');
    });

    it('stands on when the member said something else meanwhile', () => {
      const renewed = until(1)
        .submit({ member: 'alpha', entries: [ASSERT] })
        .wait(48)
        .log({ kind: 'tick' });
      expect(recordAfter(renewed)).not.toBeNull();
    });
  });

  describe('when a key is revoked', () => {
    const revoke = (history: HistoryWriter, from: number) =>
      history.log({
        kind: 'key_revoked',
        member: 'alpha',
        key: keyOf('alpha', 'one'),
        from,
        reason: 'compromised',
      });

    it('voids operations from the index on and none before', () => {
      const history = asserted();
      const at = history.size - 1;
      expect(recordAfter(revoke(asserted(), at))).toBeNull();
      expect(recordAfter(revoke(asserted(), at + 1))).not.toBeNull();
    });

    it('brings back what a voided retraction had ended', () => {
      const history = asserted().submit({ member: 'alpha', entries: [RETRACT] });
      expect(recordAfter(history)).toBeNull();
      expect(recordAfter(revoke(history, history.size - 1))).not.toBeNull();
    });

    it('brings back what the member said with another key before', () => {
      const history = begin()
        .submit({ member: 'alpha', key: keyOf('alpha', 'two'), entries: [{ ...ASSERT, labels: ['a'] }] })
        .submit({ member: 'alpha', entries: [{ ...ASSERT, labels: ['b'] }] });
      expect(recordAfter(revoke(history, 0))?.labels).toEqual([{ code: 10, count: 1 }]);
    });

    it('leaves claims of others alone', () => {
      const history = asserted().submit({ member: 'delta', entries: [ASSERT] });
      expect(recordAfter(revoke(history, 0))).toMatchObject({ supporters: 1 });
    });

    it('says so where the author was named, and does not unmask an anonymous one', () => {
      expect(reasonOf(revoke(asserted(true), 0))).toBe('key_compromised');
      expect(reasonOf(revoke(asserted(false), 0))).toBe('withdrawn');
      const mixed = asserted(true).submit({ member: 'alpha', named: false, entries: [ASSERT] });
      expect(reasonOf(revoke(mixed, 0))).toBe('key_compromised');
      const onlyAnonymous = asserted(true).submit({ member: 'alpha', entries: [ASSERT] });
      expect(replay(revoke(onlyAnonymous, onlyAnonymous.size - 1)).last).toMatchObject([
        { after: expect.any(Uint8Array) },
      ]);
    });
  });

  describe('when several causes end claims', () => {
    it('gives the last', () => {
      const both = () => asserted(true).submit({ member: 'delta', entries: [{ ...ASSERT, expires: 2 }] });
      const retracted = both().submit({ member: 'alpha', entries: [{ ...RETRACT, reason: 'legal' }] });
      expect(reasonOf(retracted.wait(48).log({ kind: 'tick' }))).toBe('expired');
      const expired = both().wait(48).log({ kind: 'tick' });
      expect(reasonOf(expired.submit({ member: 'alpha', entries: [{ ...RETRACT, reason: 'error' }] }))).toBe(
        'error',
      );
      const lines = [
        { ...RETRACT, reason: 'legal' as const },
        { ...RETRACT, reason: 'superseded' as const },
      ];
      expect(reasonOf(asserted().submit({ member: 'alpha', entries: lines }))).toBe('superseded');
    });
  });

  describe('when a tick comes at which nothing falls due', () => {
    it('is no cause', () => {
      const later = { ...ASSERT, expires: 9 };
      const history = asserted()
        .submit({ member: 'delta', entries: [later] })
        .submit({ member: 'alpha', entries: [{ ...RETRACT, reason: 'legal' }] });
      const { state } = replay(history.wait(48).log({ kind: 'tick' }).wait(48).log({ kind: 'tick' }));
      const { type, key } = signalOf(0);
      expect(state.channels.get('csam')!.signals.get(type)!.get(toHex(key))!.reason).toBe(5);
    });
  });

  describe('when a statement changes no record', () => {
    it('counts, and nothing else', () => {
      const { state, last } = replay(asserted().log({ kind: 'published', feeds: [] }));
      expect(last).toEqual([]);
      expect(state.size).toBe(asserted().size + 1);
      expect(state.origin).toBe('hub.example.org');
    });
  });
});
