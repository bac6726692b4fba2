import { OutgoingClient, type Address, type Database } from '#libs/platform';
import type { CheckFinding, CheckTask } from './check-task.js';
import { CheckTasks } from './check-tasks.js';
import { checkContactMailboxes } from './contact-mailboxes.js';
import { challengeToken } from './domain-challenge.js';
import { checkDomainControl } from './domain-control.js';
import { checkIndependence } from './independence.js';
import { forgetSpentMessages } from './mailbox-links.js';
import type { Outgoing } from './observation.js';
import { checkPublishedPage } from './published-page.js';

export interface ApplicationCheckerOptions {
  /** Base URL of the hub, for links in messages. */
  readonly publicUrl: string;
  /** For tests alone: see `OutgoingOptions`. */
  readonly allowLoopback: boolean;
  /** All addresses of a name; the system's resolver when not given. */
  readonly resolve?: (name: string) => Promise<readonly Address[]>;
  /** For tests alone, with `allowLoopback`: where on this machine a URL is served. */
  readonly servedAt?: (url: string) => string;
  /** For a whole request, in milliseconds. */
  readonly timeoutMs?: number;
  /** Told of a check that could not be made here; another try follows. */
  readonly onFailure: (task: Pick<CheckTask, 'application' | 'code'>, error: unknown) => void;
}

/** Checks made side by side, so that one slow answer does not hold up all. */
const MOST_AT_ONCE = 8;
const TIMEOUT_MS = 8_000;
const MAX_CHALLENGE = 1024;
const MAX_PAGE = 16 * 1024 * 1024;

/** Makes the checks of applicants that a machine can make, and records what it found as checks of the checklist. */
export class ApplicationChecker {
  private readonly tasks: CheckTasks;
  private readonly challenges: Outgoing;
  private readonly pages: Outgoing;

  constructor(
    private readonly database: Database,
    private readonly options: ApplicationCheckerOptions,
  ) {
    if (options.servedAt !== undefined && !options.allowLoopback) {
      throw new Error('servedAt is for tests on loopback');
    }
    this.tasks = new CheckTasks(database);
    this.challenges = this.outgoing(MAX_CHALLENGE);
    this.pages = this.outgoing(MAX_PAGE);
  }

  /** Makes whatever checks are due. Any number may run at once. @returns whether more may be waiting */
  async run(): Promise<boolean> {
    await this.tasks.plan();
    const claimed = await this.tasks.claim(MOST_AT_ONCE);
    await Promise.all(claimed.map((task) => this.make(task)));
    await forgetSpentMessages(this.database);
    return claimed.length === MOST_AT_ONCE;
  }

  private async make(task: CheckTask): Promise<void> {
    try {
      await this.tasks.settle(task, await this.find(task));
    } catch (error) {
      // Its lease runs out and it is taken up again.
      this.options.onFailure(task, error);
    }
  }

  private async find(task: CheckTask): Promise<CheckFinding> {
    const { application, code, facts } = task;
    switch (code) {
      case 'domain_control': {
        const token = await this.database.transaction('read-domain-challenge', 'system:worker', (tx) =>
          challengeToken(tx, application),
        );
        return checkDomainControl(this.challenges, String(facts['domain']), token);
      }
      case 'published_policy':
        return checkPublishedPage(this.pages, String(facts['policyUrl']));
      case 'appeal_process':
        return checkPublishedPage(this.pages, String(facts['appealUrl']));
      case 'transparency_report':
        return checkPublishedPage(this.pages, String(facts['transparencyUrl']));
      case 'independence':
        return this.database.read('check-independence', 'system:worker', (tx) =>
          checkIndependence(tx, application),
        );
      case 'contact_mailboxes':
        return this.database.transaction('check-contact-mailboxes', 'system:worker', (tx) =>
          checkContactMailboxes(tx, task, this.options.publicUrl),
        );
    }
  }

  private outgoing(maxBytes: number): Outgoing {
    const { allowLoopback, resolve, servedAt, timeoutMs = TIMEOUT_MS } = this.options;
    const client = new OutgoingClient({
      allowLoopback,
      maxBytes,
      timeoutMs,
      ...(resolve === undefined ? {} : { resolve }),
    });
    return servedAt === undefined ? client : { get: (url) => client.get(servedAt(url)) };
  }
}
