import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { refusalOf } from '../refusal.arbitrary.js';
import type { LinePlace, StatementBody } from '../statement/statement.js';
import { decisionsRoot } from '../submission/decisions.js';
import { noteErasedLines } from './apply-erasure.js';
import { begin, placeOf, signalOf, type EntryWish, type HistoryWriter } from './history.arbitrary.js';
import { passStatement, project } from './project.js';
import { emptyState, type ProjectionState, type RecordChange } from './state.js';

const ASSERT: EntryWish = { op: 'assert', signal: 0 };
const OTHER: EntryWish = { op: 'assert', signal: 1 };
const START = begin().size;
const first: LinePlace = { index: START, line: 0 };
const said = (times: number): HistoryWriter => {
  const history = begin();
  for (let n = 0; n < times; n++)
    history.submit({ member: n % 2 === 0 ? 'alpha' : 'delta', entries: [ASSERT] });
  return history;
};

function replay({ inputs }: HistoryWriter): { state: ProjectionState; changes: RecordChange[] } {
  let state = emptyState();
  const changes = inputs.flatMap((input) => {
    const step = project(state, input);
    state = step.state;
    return step.changes;
  });
  return { state, changes };
}

const refusing = (history: HistoryWriter, body: StatementBody) => {
  const { state } = replay(history);
  return refusalOf(() => project(state, { statement: { ...body, time: state.time } }));
};
const erasing = (...lines: LinePlace[]): StatementBody => ({ kind: 'erase', lines, reason: 'court_order' });
const invalid = (field: string) => ({ code: 'INVALID_HISTORY', field });

/** What comes next: entries about two signals, or the erasure of one of the lines that are left. */
const anyAct = fc.oneof(
  fc.record({ entries: fc.array(fc.constantFrom(ASSERT, OTHER), { minLength: 1, maxLength: 3 }) }),
  fc.record({ erase: fc.nat() }),
);

describe('project, of a log with erasures', () => {
  describe('when an honest hub logs entries and erases any of them at any time', () => {
    it('takes every decision', () => {
      fc.assert(
        fc.property(fc.array(anyAct, { minLength: 4, maxLength: 14, size: 'max' }), (acts) => {
          const history = begin();
          for (const act of acts) {
            if ('entries' in act) history.submit({ member: 'alpha', ...act });
            else if (history.lines.length > 0)
              history.erase([history.lines[act.erase % history.lines.length]!]);
          }
          expect(() => replay(history)).not.toThrow();
        }),
        { numRuns: 300 },
      );
    });
  });

  describe('when the only entry about a signal is erased', () => {
    it('never had it: no change at any statement, no signal left', () => {
      const { state, changes } = replay(said(1).erase([first]));
      expect(changes).toEqual([]);
      expect(state.channels.get('csam')!.signals.size).toBe(0);
    });
  });

  describe('when one of two entries is erased', () => {
    it('has the record of the other from where that was said', () => {
      const { state, changes } = replay(said(2).erase([first]));
      const { type, key } = signalOf(0);
      const places = changes.map((change) => placeOf(change.channel, change.type, change.key));
      expect(places).toEqual([placeOf('csam', type, key)]);
      const [signal] = state.channels.get('csam')!.signals.get(type)!.values();
      expect([...signal!.operations.keys()]).toEqual(['delta']);
      expect(signal!.latest).toBe(START + 1);
    });

    it('takes a decision that names it, if it was not erased then', () => {
      const history = said(3).erase([first, { index: START + 1, line: 0 }]);
      const prevs = history.inputs.slice(START, -1).map(({ submission }) => submission!.decisions[0]!.prev);
      expect(prevs).toEqual([null, START, START + 1]);
      expect(() => replay(history)).not.toThrow();
    });

    it('takes the way on from there by a line that was erased in between, after it was named', () => {
      const history = said(2)
        .erase([first])
        .submit({ member: 'alpha', entries: [ASSERT] });
      expect(history.inputs.at(-1)!.submission!.decisions[0]!.prev).toBe(START + 1);
      history.erase([{ index: START + 1, line: 0 }]);
      expect(() => replay(history)).not.toThrow();
    });

    it('refuses a way by a line that was erased before it was named', () => {
      // The second names the first although that was erased; then it is erased itself, and a third names it.
      const history = said(1).erase([first]);
      for (const prev of [START, START + 2]) {
        const { content, decisions } = history
          .submit({ member: 'delta', entries: [ASSERT] })
          .inputs.at(-1)!.submission!;
        decisions[0]!.prev = prev;
        content.decisions = decisionsRoot(decisions);
      }
      history.erase([{ index: START + 2, line: 0 }]);
      expect(refusalOf(() => replay(history))).toEqual({ ...invalid('decision.prev'), line: 0 });
    });

    it('refuses a decision that names it after it was erased', () => {
      const history = said(1)
        .erase([first])
        .submit({ member: 'delta', entries: [ASSERT] });
      expect(history.inputs.at(-1)!.submission!.decisions[0]!.prev).toBeNull();
      const forged = said(2).inputs.at(-1)!;
      history.inputs[history.size - 1] = forged;
      expect(refusalOf(() => replay(history))).toEqual({ ...invalid('decision.prev'), line: 0 });
    });

    it('refuses a decision that leads through a line of another channel, or past an entry that stands', () => {
      const elsewhere = begin().submit({ member: 'alpha', channel: 'tvec', entries: [ASSERT] });
      const forged = said(2).inputs.at(-1)!;
      elsewhere.inputs.push(forged);
      elsewhere.erase([first]);
      expect(refusalOf(() => replay(elsewhere))).toEqual({ ...invalid('decision.prev'), line: 0 });
      const standing = begin()
        .submit({ member: 'alpha', entries: [OTHER] })
        .submit({ member: 'bravo', entries: [ASSERT] });
      standing.inputs.push(forged);
      standing.erase([first]);
      expect(refusalOf(() => replay(standing))).toEqual({ ...invalid('decision.prev'), line: 0 });
    });

    it('finds the way when lines of one submission lead to different ones', () => {
      const history = begin()
        .submit({ member: 'alpha', entries: [ASSERT] })
        .submit({ member: 'bravo', entries: [OTHER] })
        .submit({ member: 'charlie', entries: [OTHER, ASSERT, OTHER] })
        .submit({ member: 'delta', entries: [ASSERT] })
        .erase([0, 1, 2].map((line) => ({ index: START + 2, line })));
      expect(() => replay(history)).not.toThrow();
    });
  });

  describe('when an erasure names what it may not', () => {
    it.each<[string, LinePlace]>([
      ['a line that is not void', first],
      ['a line that there is not', { index: START, line: 1 }],
      ['a statement that is no submission', { index: 0, line: 0 }],
      ['itself', { index: START + 1, line: 0 }],
    ])('refuses %s', (_, place) => {
      expect(refusing(said(1), erasing(place))).toEqual(invalid('lines'));
    });

    it('refuses a line that was erased before', () => {
      expect(refusing(said(1).erase([first]), erasing(first))).toEqual(invalid('lines'));
    });
  });

  describe('when not all submissions are shown', () => {
    it('takes an erasure of what is not known, below itself', () => {
      const { inputs } = said(1);
      const state = { ...emptyState(), complete: false };
      for (const input of inputs.slice(0, -1)) project(state, input);
      passStatement(state, inputs.at(-1)!.statement);
      const erase = (place: LinePlace) =>
        project(state, { statement: { ...erasing(place), time: state.time } });
      expect(refusalOf(() => erase({ index: START + 1, line: 0 }))).toEqual(invalid('lines'));
      expect(erase(first).changes).toEqual([]);
    });
  });
});

describe('noteErasedLines', () => {
  describe('when a decision names a submission that is not earlier', () => {
    it('refuses it, so that every way back ends', () => {
      const noting = refusalOf(() => noteErasedLines(emptyState(), 'csam', 5, [{ line: 2, prev: 5 }]));
      expect(noting).toEqual({ ...invalid('decision.prev'), line: 2 });
    });
  });
});
