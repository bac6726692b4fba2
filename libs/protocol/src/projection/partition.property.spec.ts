import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toHex } from '../hex.js';
import { applyToSignals, requireChain } from './apply-effect.js';
import { noteErasedLines } from './apply-erasure.js';
import { erasedOf } from './apply-submission.js';
import { anyHistory, begin, keyOf, placeOf } from './history.arbitrary.js';
import { applyToDirectory, passStatement, project, type ProjectionInput } from './project.js';
import type { SignalEffect } from './signal-effect.js';
import { emptyState, type ProjectionState, type RecordChange } from './state.js';

const PARTITIONS = 3;

/** Changes of each statement, by place, as `project` gives them. */
function whole(inputs: readonly ProjectionInput[]): string[][] {
  let state = emptyState();
  return inputs.map((input) => {
    const step = project(state, input);
    state = step.state;
    return named(step.changes);
  });
}

/** The same by a directory and partitions of the signals, each of which is replayed from the first statement to the last by itself. */
function parted(inputs: readonly ProjectionInput[]): string[][] {
  const directory = emptyState();
  const effects = inputs.map((input) => applyToDirectory(directory, input));
  const erased = inputs.map(({ submission }) => (submission === undefined ? [] : erasedOf(submission)));
  const changes: RecordChange[][] = inputs.map(() => []);
  for (let part = 0; part < PARTITIONS; part++) {
    const state = emptyState();
    inputs.forEach(({ statement }, index) => {
      const effect = partOf(step(state, index, statement, effects[index]!), part);
      if (effect.kind === 'entries') noteErasedLines(state, effect.channel, index, erased[index]!);
      requireChain(state, effect);
      changes[index]!.push(...applyToSignals(state, effect));
    });
  }
  return changes.map(named);
}

/** A submission changes nothing of the directory that signals depend on, so its effect is taken as the first pass gave it. */
function step(
  state: ProjectionState,
  index: number,
  statement: ProjectionInput['statement'],
  effect: SignalEffect,
): SignalEffect {
  if (statement.kind === 'submission') return effect;
  state.size = index;
  return applyToDirectory(state, { statement });
}

function partOf(effect: SignalEffect, part: number): SignalEffect {
  if (effect.kind !== 'entries') return effect;
  return { ...effect, entries: effect.entries.filter(({ key }) => key[0]! % PARTITIONS === part) };
}

function named(changes: readonly RecordChange[]): string[] {
  const text = (bytes: Uint8Array | null): string => (bytes === null ? '' : toHex(bytes));
  return changes
    .map(({ channel, type, key, before, after, reason }) =>
      [placeOf(channel, type, key), text(before), text(after), reason].join(' '),
    )
    .sort();
}

describe('a projection in parts', () => {
  describe('when signals are replayed partition by partition', () => {
    it('changes at each statement the records that project() changes, to the same', () => {
      fc.assert(
        fc.property(anyHistory, ({ inputs }) => {
          expect(parted(inputs)).toEqual(whole(inputs));
        }),
      );
    });
  });

  describe('when a decision has a wrong prev', () => {
    it('names the line, and the directory alone does not see it', () => {
      const history = begin().submit({
        member: 'alpha',
        key: keyOf('alpha', 'one'),
        entries: [
          { op: 'assert', signal: 0 },
          { op: 'assert', signal: 1 },
        ],
      });
      const state = emptyState();
      for (const input of history.inputs.slice(0, -1)) project(state, input);
      const effect = applyToDirectory(state, history.inputs.at(-1)!);
      if (effect.kind !== 'entries') throw new Error('not a submission');
      const [first, second] = effect.entries;
      const forged = { ...effect, entries: [first!, { ...second!, prev: 3 }] };
      expect(() => requireChain(state, forged)).toThrow(
        expect.objectContaining({ code: 'INVALID_HISTORY', field: 'decision.prev', line: 1 }),
      );
      expect(() => requireChain(state, effect)).not.toThrow();
    });
  });
});

describe('a statement that is passed', () => {
  it('counts, and changes nothing; its place and time are judged all the same', () => {
    const { inputs } = begin().submit({ member: 'alpha', entries: [{ op: 'assert', signal: 0 }] });
    const state = emptyState();
    for (const input of inputs.slice(0, -1)) project(state, input);
    const { statement } = inputs.at(-1)!;
    expect(() => passStatement(state, { ...statement, time: statement.time - 1 })).toThrow('time');
    passStatement(state, statement);
    expect([state.size, state.time]).toEqual([inputs.length, statement.time]);
    expect(state.channels.get('csam')!.signals.size).toBe(0);
    expect(() => passStatement(state, { kind: 'hub', origin: 'x', keys: [], time: state.time })).toThrow(
      'hub',
    );
  });
});
