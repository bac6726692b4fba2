import { setImmediate } from 'node:timers/promises';
import type { Database } from '#libs/platform';
import { decodeDecisionColumn, DecisionTree, type ShownDecision } from '#libs/protocol';
import { readDecisions, type DecidedSubmission } from '../entry-proof/read-decisions.js';

/** Where an entry is: log index of its submission, and line from 0. */
export interface DecidedPlace {
  readonly index: number;
  readonly line: number;
}

/** Submissions that are read at once: 4 MB of decisions, when each has as many lines as one may have. */
const MOST_SUBMISSIONS = 50;

/**
 * Proves what was decided about entries of a history (docs/protocol-submission.md, "The history of a signal"). Content body and decision line are for
 * whoever receives the channel and for staff, and so is the history: it must be asked for entries of one that the caller was shown, and for no others.
 */
export class DecisionProver {
  constructor(private readonly database: Database) {}

  /** What proves the decisions, in the order of the places. */
  async prove(places: readonly DecidedPlace[]): Promise<ShownDecision[]> {
    const linesOf = new Map<number, number[]>();
    for (const { index, line } of places) linesOf.set(index, [...(linesOf.get(index) ?? []), line]);
    const indexes = [...linesOf.keys()];
    const proved = new Map<string, ShownDecision>();
    for (let from = 0; from < indexes.length; from += MOST_SUBMISSIONS) {
      for (const submission of await this.read(indexes.slice(from, from + MOST_SUBMISSIONS))) {
        const shown = proveLines(submission, linesOf.get(submission.index)!);
        for (const one of shown) proved.set(keyOf(one), one);
        // A tree of 10,000 lines takes a while: others are served in between.
        await setImmediate();
      }
    }
    return places.map((place) => proved.get(keyOf(place)) ?? missing(place));
  }

  private read(indexes: readonly number[]): Promise<DecidedSubmission[]> {
    return this.database.read('prove-decisions', 'system:provenance', (tx) => readDecisions(tx, indexes));
  }
}

function proveLines(
  { index, content, decisions }: DecidedSubmission,
  lines: readonly number[],
): ShownDecision[] {
  const tree = new DecisionTree(decodeDecisionColumn(decisions));
  return lines.map((line) => ({
    ...{ index, line },
    content: content.toString('utf8'),
    decision: tree.prove(line),
  }));
}

function keyOf({ index, line }: DecidedPlace): string {
  return `${index}/${line}`;
}

function missing({ index }: DecidedPlace): never {
  throw new Error(`submission ${index} is not stored`);
}
