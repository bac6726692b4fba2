import { SubmissionDecider } from '#libs/intake';
import type { Database } from '#libs/platform';
import { openHookedDatabase } from './hooked-database.js';

/** Where deciding can fail: at either end of either of its commits. */
export const DECISION_FAILURES = [
  'intern-signals:before-commit',
  'intern-signals:after-commit',
  'decide-submission:before-commit',
  'decide-submission:after-commit',
] as const;

export type DecisionFailure = (typeof DECISION_FAILURES)[number];

/** A decider that fails as it is told, and works like any other when it is told nothing. One decision at a time. */
export class FailingDecider {
  private failure: DecisionFailure | undefined;
  private readonly decider: SubmissionDecider;

  private constructor(
    private readonly database: Database,
    failNow: { at: (place: string) => void },
  ) {
    this.decider = new SubmissionDecider(database);
    failNow.at = (place) => this.reach(place);
  }

  static async open(url: string): Promise<FailingDecider> {
    const failNow = { at: (_place: string): void => undefined };
    const database = await openHookedDatabase(url, {
      beforeCommit: (name) => failNow.at(`${name}:before-commit`),
      afterCommit: (name) => failNow.at(`${name}:after-commit`),
    });
    return new FailingDecider(database, failNow);
  }

  /** Decides, or throws at the given place. Returns whether it decided; false too when somebody else had. */
  async decide(submissionId: string, failure?: DecisionFailure): Promise<boolean> {
    this.failure = failure;
    return this.decider.decide(submissionId);
  }

  async close(): Promise<void> {
    await this.database.close();
  }

  private reach(place: string): void {
    if (place !== this.failure) return;
    this.failure = undefined;
    throw new Error(`told to fail at ${place}`);
  }
}
