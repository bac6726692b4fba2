import { createHash, randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertion, retraction, type TestBatch, type TestEntry, type TestMember } from './member.js';

/** What an author is given for a submission, as it comes over the wire. */
export interface WireReceipt {
  jti: string;
  digest: string;
  counter: number;
  promise: string;
}

/** Sends a batch. Throws when the outcome is unknown: no answer, or none that says anything. */
export type Submit = (member: TestMember, batch: TestBatch) => Promise<WireReceipt>;

/** A refusal is no unknown outcome: sending again would not help. */
export class RefusedError extends Error {}

export interface Sent {
  member: string;
  jti: string;
  entries: readonly TestEntry[];
  receipt: WireReceipt;
}

export interface LoadOptions {
  members: readonly TestMember[];
  submit: Submit;
  /** Submissions in all. */
  total: number;
  /** Entries of the largest one. */
  mostEntries: number;
}

const SENDERS_PER_MEMBER = 2;
/** Distinct values: few enough that members meet. */
const VALUES = 500;

/** Members that submit at once, each resending under the same jti until it has a receipt, as the SDK does. */
export class SubmissionLoad {
  readonly sent: Sent[] = [];
  /** Submissions that had to be sent more than once. */
  resent = 0;
  /** Why a submission had to be sent again, last. */
  lastTrouble: unknown;
  private started = 0;
  private released = 0;
  private stopped = false;

  constructor(private readonly options: LoadOptions) {}

  /** Lets so many more submissions be made, of those that are left. */
  release(count: number): void {
    this.released = Math.min(this.options.total, this.released + count);
  }

  /** Submits what is released, until all is sent. */
  async run(): Promise<void> {
    const senders = this.options.members.flatMap((member) =>
      Array.from({ length: SENDERS_PER_MEMBER }, () => this.send(member)),
    );
    await Promise.all(senders);
  }

  /** Gives up, when a test has failed. */
  stop(): void {
    this.stopped = true;
  }

  /** Values that some member's last word asserts, by the order in which the hub says it received them. */
  standing(): Set<string> {
    const inOrder = [...this.sent].sort((a, b) => a.receipt.counter - b.receipt.counter);
    const claims = new Set<string>();
    for (const { member, entries } of inOrder) {
      for (const { op, value } of entries) {
        if (op === 'assert') claims.add(`${member} ${value}`);
        else claims.delete(`${member} ${value}`);
      }
    }
    return new Set([...claims].map((claim) => claim.split(' ')[1]!));
  }

  private async send(member: TestMember): Promise<void> {
    while (this.started < this.options.total && !this.stopped) {
      if (this.started >= this.released) {
        await sleep(20);
        continue;
      }
      this.started += 1;
      const entries = randomEntries(this.options.mostEntries);
      const batch = await member.batch('csam', entries);
      const receipt = await this.persist(member, batch);
      this.sent.push({ member: member.name, jti: batch.jti, entries, receipt });
      if (randomInt(4) === 0) requireSame(receipt, await this.persist(member, batch));
    }
  }

  private async persist(member: TestMember, batch: TestBatch): Promise<WireReceipt> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.options.submit(member, batch);
      } catch (error) {
        if (error instanceof RefusedError || this.stopped) throw error;
        if (attempt === 0) this.resent += 1;
        this.lastTrouble = error;
        await sleep(50 + randomInt(100));
      }
    }
  }
}

/** Small ones are frequent, large ones are not rare; one line in five takes back what this or another batch asserted. */
function randomEntries(most: number): TestEntry[] {
  const count = Math.ceil(Math.exp(Math.random() * Math.log(most)));
  return Array.from({ length: count }, () => {
    const value = createHash('sha256')
      .update(`value ${randomInt(VALUES)}`)
      .digest('hex');
    return randomInt(5) === 0 ? retraction('sha256', value) : assertion('sha256', value);
  });
}

function requireSame(first: WireReceipt, second: WireReceipt): void {
  if (first.promise !== second.promise || first.counter !== second.counter) {
    throw new Error(`submission ${first.jti} was promised twice, differently`);
  }
}
