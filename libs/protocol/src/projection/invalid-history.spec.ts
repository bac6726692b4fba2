import { describe, expect, it } from '@jest/globals';
import { refusalOf } from '../refusal.arbitrary.js';
import type { StatementBody } from '../statement/statement.js';
import {
  begin,
  HistoryWriter,
  keyOf,
  keyStatement,
  memberStatement,
  policyOf,
  type EntryWish,
} from './history.arbitrary.js';
import { project, type ProjectionInput } from './project.js';
import { emptyState, type ProjectionState } from './state.js';
import type { SubmissionEvidence } from './apply-submission.js';

const ENTRIES: EntryWish[] = [
  { op: 'assert', signal: 0 },
  { op: 'assert', signal: 1, verdict: 'held' },
];
const started = () => begin().submit({ member: 'alpha', entries: ENTRIES });

function replay({ inputs }: HistoryWriter): ProjectionState {
  let state = emptyState();
  for (const input of inputs) ({ state } = project(state, input));
  return state;
}

const refusing = (input: ProjectionInput, history = started()) => {
  const state = replay(history);
  return refusalOf(() => project(state, input));
};
const invalid = (field: string) => ({ code: 'INVALID_HISTORY', field });
const time = started().inputs.at(-1)!.statement.time;
const revocation = {
  kind: 'key_revoked',
  member: 'alpha',
  key: keyOf('alpha', 'one'),
  reason: 'lost',
} as const;

describe('project', () => {
  describe('when the history is one that no honest hub logs', () => {
    it('refuses a first statement that is not hub, and a second hub', () => {
      const hub = { kind: 'hub', origin: 'hub.example.org', keys: [] } as const;
      expect(refusing({ statement: { kind: 'tick', time } }, new HistoryWriter())).toEqual(invalid('kind'));
      expect(refusing({ statement: { ...hub, time } })).toEqual(invalid('kind'));
    });

    it('refuses time that goes backwards, and takes time that stands', () => {
      expect(refusing({ statement: { kind: 'tick', time: time - 1 } })).toEqual(invalid('time'));
      expect(refusing({ statement: { kind: 'tick', time } })).toBeNull();
    });

    it.each<[string, string, StatementBody]>([
      [
        'labels that are gone',
        'policy.labels',
        { kind: 'channel', channel: 'csam', policy: policyOf(2, [], 1) },
      ],
      ['an accredited platform', 'accredited', memberStatement(0, { accredited: true })],
      ['another kind of organisation', 'memberKind', memberStatement(0, { memberKind: 'ngo' })],
      ['another code', 'code', { ...memberStatement(0), code: 7 } as StatementBody],
      ['the code of another', 'code', { ...memberStatement(0), member: 'zulu' } as StatementBody],
      ['the status of nobody', 'member', { kind: 'member_status', member: 'zulu', status: 'active' }],
      [
        'an agreement of nobody',
        'member',
        { kind: 'agreement', member: 'zulu', version: 1, digest: '00'.repeat(32) },
      ],
      ['a recall of nobody', 'member', { kind: 'recall', member: 'zulu', from: 0 }],
      ['a recall from later on', 'from', { kind: 'recall', member: 'alpha', from: started().size + 1 }],
      ['a state from later on', 'size', { kind: 'state', size: started().size + 1, root: '00'.repeat(32) }],
      ['a key of nobody', 'member', keyStatement('zulu', 'one')],
      ['a key twice', 'key', keyStatement('alpha', 'one')],
      ['a key of two members', 'key', { ...keyStatement('alpha', 'one'), member: 'bravo' } as StatementBody],
      ['a revocation of no key', 'key', { ...revocation, key: keyOf('alpha', 'stray'), from: 0 }],
      ['a revocation of another’s key', 'key', { ...revocation, member: 'bravo', from: 0 }],
      ['a revocation from later on', 'from', { ...revocation, from: started().size + 1 }],
      [
        'a right on no channel',
        'channel',
        { kind: 'right', member: 'alpha', channel: 'x', submit: true, receive: true },
      ],
      [
        'a right of nobody',
        'member',
        { kind: 'right', member: 'zulu', channel: 'csam', submit: true, receive: true },
      ],
    ])('refuses %s', (_, field, body) => {
      expect(refusing({ statement: { ...body, time } })).toEqual(invalid(field));
    });

    it('refuses to revoke a key twice', () => {
      const revoked = started().log({ ...revocation, from: 0 });
      expect(refusing({ statement: { ...revocation, from: 0, time } }, revoked)).toEqual(invalid('key'));
    });

    it('refuses any right of a government body', () => {
      const member = { kind: 'member', member: 'gov', code: 5, name: 'G', memberKind: 'government' } as const;
      const history = started().log({ ...member, group: 'gov', accredited: false });
      const right = {
        kind: 'right',
        member: 'gov',
        channel: 'csam',
        submit: false,
        receive: false,
        time,
      } as const;
      expect(refusing({ statement: right }, history)).toEqual(invalid('member'));
    });

    it('takes facts as they were said before', () => {
      expect(refusing({ statement: { ...memberStatement(0), time } })).toBeNull();
      expect(refusing({ statement: { ...revocation, from: started().size, time } })).toBeNull();
    });
  });

  describe('when a submission and its evidence do not fit', () => {
    const next = started().submit({ member: 'alpha', entries: ENTRIES }).inputs.at(-1)!;
    const evidence = next.submission!;
    const { content, author, decisions, entries } = evidence;
    const refusingEvidence = (change: Partial<SubmissionEvidence>) =>
      refusing({ ...next, submission: { ...evidence, ...change } });

    it('refuses bodies without a submission, and the reverse', () => {
      expect(refusing({ statement: next.statement })).toEqual(invalid('submission'));
      expect(refusing({ statement: { kind: 'tick', time }, submission: evidence })).toEqual(
        invalid('submission'),
      );
    });

    it('takes what fits', () => {
      expect(refusingEvidence({})).toBeNull();
    });

    it.each<[string, string, Partial<SubmissionEvidence>]>([
      ['an unknown channel', 'content.channel', { content: { ...content, channel: 'x' } }],
      ['an unknown member', 'author.member', { author: { ...author, member: 'zulu' } }],
      ['a counter used before', 'author.counter', { author: { ...author, counter: 1 } }],
      ['a counter too far', 'author.counter', { author: { ...author, counter: 3 } }],
      ['too few entries', 'content.count', { entries: entries.slice(1) }],
      ['too few decisions', 'content.count', { decisions: decisions.slice(1) }],
      ['a wrong number of accepted', 'content.accepted', { content: { ...content, accepted: 2 } }],
      ['a wrong number of held', 'content.held', { content: { ...content, held: 0 } }],
      ['a wrong number of rejected', 'content.rejected', { content: { ...content, rejected: 1 } }],
      ['a wrong decision root', 'content.decisions', { content: { ...content, decisions: '00'.repeat(32) } }],
      [
        'a code without need',
        'decision.code',
        { decisions: [{ ...decisions[0]!, code: 'unknown_label' }, decisions[1]!] },
      ],
      [
        'a code that is missing',
        'decision.code',
        { decisions: [decisions[0]!, { ...decisions[1]!, code: null }] },
      ],
    ])('refuses %s', (_, field, change) => {
      expect(refusingEvidence(change)).toEqual(invalid(field));
    });

    it('refuses a decision that hides an earlier statement about its signal, or invents one', () => {
      const missing = begin().submit({ member: 'alpha', entries: ENTRIES });
      const first = missing.inputs.at(-1)!;
      // After `started()` both signals have an earlier statement that `first` does not name.
      const author = { ...first.submission!.author, counter: 2 };
      const inFirstLine = { ...invalid('decision.prev'), line: 0 };
      expect(refusing({ ...first, submission: { ...first.submission!, author } })).toEqual(inFirstLine);
      const submission = { ...next.submission!, author: { ...next.submission!.author, counter: 1 } };
      expect(refusing({ ...next, submission }, begin())).toEqual(inFirstLine);
    });

    it('counts held entries and shut gates as statements about their signals', () => {
      const shut = begin()
        .log({ kind: 'member_status', member: 'alpha', status: 'suspended' })
        .submit({ member: 'alpha', entries: ENTRIES })
        .submit({ member: 'delta', entries: ENTRIES });
      const [first, second] = shut.inputs.slice(-2).map(({ submission }) => submission!.decisions);
      expect(first!.map(({ prev }) => prev)).toEqual([null, null]);
      expect(second!.map(({ prev }) => prev)).toEqual([shut.size - 2, shut.size - 2]);
      expect(replay(shut).size).toBe(shut.size);
    });
  });
});
