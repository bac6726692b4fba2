import type { LogCopy } from '../log/log-copy.js';
import { loggedStatements } from '../log/logged-statements.js';

/** What the `erase` statements of a log name: known before anything is replayed, since these lines are void from the start. */
export class ErasedLines {
  /** By log index of the submission, then line: log index of the statement. */
  private readonly byIndex = new Map<number, Map<number, number>>();
  private counted = 0;

  /** Reads a whole log. What is wrong with a statement is for the replay to say, when it comes to it. */
  static async read(log: LogCopy): Promise<ErasedLines> {
    const erased = new ErasedLines();
    for await (const { index, statement } of loggedStatements(log, 'erase', { size: 0, offset: 0 })) {
      for (const place of statement.lines) erased.add(place.index, place.line, index);
    }
    return erased;
  }

  get count(): number {
    return this.counted;
  }

  /** The erased lines of a submission, each with the log index of the statement. */
  of(index: number): ReadonlyMap<number, number> {
    return this.byIndex.get(index) ?? NONE;
  }

  /** Whether what follows from the first `size` statements had a line in it that a later statement erases: nobody comes to that any more. */
  isBroken(size: number): boolean {
    for (const [index, lines] of this.byIndex) {
      if (index < size && [...lines.values()].some((by) => by >= size)) return true;
    }
    return false;
  }

  private add(index: number, line: number, by: number): void {
    const lines = this.byIndex.get(index) ?? new Map<number, number>();
    this.byIndex.set(index, lines);
    if (lines.has(line)) return;
    lines.set(line, by);
    this.counted += 1;
  }
}

const NONE: ReadonlyMap<number, number> = new Map();
