import type { Database, Enqueuer } from '#libs/platform';

/** Seconds after which a submission that is still undecided is nudged again. */
const PATIENCE_SECONDS = 5;
const MOST_AT_ONCE = 1000;

/** Enqueues again whatever is due and not done: the queue may lose everything and nothing is lost. */
export class IntakeSweeper {
  constructor(
    private readonly database: Database,
    private readonly enqueuer: Enqueuer,
  ) {}

  /** @returns how many submissions were nudged. */
  async sweep(): Promise<number> {
    const due = await this.database.read('find-due-submissions', 'system:worker', (tx) =>
      tx.query<{ id: string }>(
        `SELECT id::text FROM cairn.submission
          WHERE state = 'received' AND received_at < now() - make_interval(secs => $1)
          ORDER BY received_at LIMIT $2`,
        [PATIENCE_SECONDS, MOST_AT_ONCE],
      ),
    );
    for (const { id } of due) await this.enqueuer.enqueue('decide-submission', { submissionId: id });
    return due.length;
  }
}
