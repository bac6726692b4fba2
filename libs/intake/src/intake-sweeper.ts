import type { Database, Enqueuer } from '#libs/platform';
import type { SubmissionDecider } from './submission-decider.js';

export interface SweeperOptions {
  /** Seconds after which a submission that is still undecided is nudged again. */
  readonly nudgeSeconds: number;
  /** Seconds without any decision, while submissions wait, after which the queue counts as standing still. */
  readonly standstillSeconds: number;
  /** Told of a submission that could not be decided here. */
  readonly onFailure: (submissionId: string, error: unknown) => void;
}

const DEFAULTS: SweeperOptions = { nudgeSeconds: 5, standstillSeconds: 30, onFailure: () => undefined };
const MOST_AT_ONCE = 1000;

/**
 * Sees to whatever is due and not done: the queue may lose everything and nothing is lost. As long as the queue works it is asked again;
 * when it stands still, the sweeper decides by itself, one after the other.
 */
export class IntakeSweeper {
  private readonly options: SweeperOptions;

  constructor(
    private readonly database: Database,
    private readonly enqueuer: Enqueuer,
    private readonly decider: SubmissionDecider,
    options: Partial<SweeperOptions> = {},
  ) {
    this.options = { ...DEFAULTS, ...options };
  }

  /** @returns how many submissions were decided here or nudged. */
  async sweep(): Promise<number> {
    const { standstillSeconds, nudgeSeconds } = this.options;
    const decided = (await this.standsStill()) ? await this.decideAll(await this.due(standstillSeconds)) : 0;
    return decided + (await this.nudgeAll(await this.due(nudgeSeconds)));
  }

  /** Whether submissions wait for long and none at all was decided meanwhile, so that this is no mere backlog. */
  private async standsStill(): Promise<boolean> {
    const [row] = await this.database.read('find-standstill', 'system:worker', (tx) =>
      tx.query<{ still: boolean }>(
        `SELECT EXISTS (SELECT FROM cairn.submission
                         WHERE state = 'received' AND received_at < now() - make_interval(secs => $1))
            AND coalesce((SELECT created_at FROM cairn.pending_statement WHERE submission_id IS NOT NULL
                           ORDER BY id DESC LIMIT 1) < now() - make_interval(secs => $1), true) AS still`,
        [this.options.standstillSeconds],
      ),
    );
    return row!.still;
  }

  private async due(seconds: number): Promise<string[]> {
    const rows = await this.database.read('find-due-submissions', 'system:worker', (tx) =>
      tx.query<{ id: string }>(
        `SELECT id::text FROM cairn.submission
          WHERE state = 'received' AND received_at < now() - make_interval(secs => $1)
          ORDER BY received_at LIMIT $2`,
        [seconds, MOST_AT_ONCE],
      ),
    );
    return rows.map(({ id }) => id);
  }

  private async decideAll(ids: readonly string[]): Promise<number> {
    let decided = 0;
    for (const id of ids) {
      try {
        if (await this.decider.decide(id)) decided += 1;
      } catch (error) {
        // One that cannot be decided must not hold up the others.
        this.options.onFailure(id, error);
      }
    }
    return decided;
  }

  /** Stops at the first failure: a queue that is away would take its time for each. */
  private async nudgeAll(ids: readonly string[]): Promise<number> {
    for (const [nudged, submissionId] of ids.entries()) {
      if (!(await this.enqueuer.enqueue('decide-submission', { submissionId }))) return nudged;
    }
    return ids.length;
  }
}
