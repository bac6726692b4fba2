import { anyHistory, begin, keyOf, type HistoryWriter } from '../projection/history.arbitrary.js';
import { project } from '../projection/project.js';
import { emptyState, type ProjectionState, type RecordChange } from '../projection/state.js';
import type { StateStatement } from '../statement/statement.js';
import { StateOpener } from './open-state.js';
import { StateEncoder } from './state-encoder.js';
import { STATE_LEAVES } from './state-leaves.js';

/** A salt for each leaf, told apart by their bytes. */
export const SALTS: readonly Uint8Array[] = Array.from({ length: STATE_LEAVES }, (_, number) =>
  new Uint8Array(16).fill(number),
);

/** The state after the first `size` statements. */
export function stateAt({ inputs }: HistoryWriter, size: number): ProjectionState {
  return inputs.slice(0, size).reduce((state, input) => project(state, input).state, emptyState());
}

/** Projects what comes after the state; the changes of each statement, in one order, with reasons where they have a meaning. */
export function projectOn(state: ProjectionState, { inputs }: HistoryWriter): RecordChange[][] {
  return inputs.slice(state.size).map((input) =>
    project(state, input)
      .changes.map((change) => ({ ...change, reason: change.after === null ? change.reason : 0 }))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)),
  );
}

function nameOf({ channel, type, key }: RecordChange): string {
  return `${channel}/${type}/${key.join()}`;
}

/** The leaves of a state with `SALTS`. */
export function leavesOf(state: ProjectionState): Uint8Array[] {
  const encoder = new StateEncoder(state);
  return SALTS.map((salt, number) => encoder.leaf(number, salt));
}

/** The statement about a state with `SALTS`. */
export function statementOf(state: ProjectionState): StateStatement {
  return { kind: 'state', size: state.size, root: new StateEncoder(state).root(SALTS) };
}

/** Opens a state from its leaves. */
export function openState(statement: StateStatement, leaves: readonly Uint8Array[]): ProjectionState {
  const opener = new StateOpener(statement, 'hub.example.org', leaves[0]!);
  for (const leaf of leaves.slice(1)) opener.add(leaf);
  return opener.finish();
}

/** A history with something of everything that a state holds. */
export function exampleHistory(): HistoryWriter {
  const quiet = { op: 'assert' as const, signal: 1 };
  return begin()
    .submit({
      member: 'alpha',
      named: true,
      entries: [{ op: 'assert', signal: 0, labels: ['b', 'a'], quality: 77, expires: 300 }, quiet],
    })
    .submit({ member: 'delta', entries: [{ op: 'retract', signal: 0 }, quiet, quiet] })
    .submit({ member: 'alpha', key: keyOf('alpha', 'two'), channel: 'tvec', entries: [quiet] })
    .submit({ member: 'bravo', entries: [{ op: 'assert', signal: 3, verdict: 'held' }] })
    .log({
      kind: 'key_revoked',
      member: 'alpha',
      key: keyOf('alpha', 'two'),
      from: 0,
      reason: 'compromised',
    })
    .wait(30)
    .log({ kind: 'tick' });
}

export { anyHistory };
