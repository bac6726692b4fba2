import { toHex } from '#libs/protocol';
import { concatBytes, sha256 } from '#libs/tlog';

/** An event of the audit trail, as the hub tells it (docs/protocol-audit.md). */
export interface TrailEvent {
  readonly number: number;
  /** Unix milliseconds. */
  readonly time: number;
  readonly actor: string;
  readonly act: string;
  readonly subject: string;
  /** SHA-256 of the inputs, hex. */
  readonly inputs: string;
  readonly outcome: string;
  /** Chain value that the hub gives for it, hex. */
  readonly chain: string;
}

const START = new Uint8Array(32);

/** Chain value after an event: SHA-256 of the value before and the event's lines. */
export function nextLink(before: Uint8Array, event: Omit<TrailEvent, 'chain'>): Uint8Array {
  const { number, time, actor, act, subject, inputs, outcome } = event;
  const lines = ['cairn-audit/1', number, time, actor, act, subject, inputs, outcome];
  const text = lines.map((line) => `${line}\n`).join('');
  return sha256(concatBytes([before, new TextEncoder().encode(text)]));
}

/** Follows the audit trail from its first event. */
export class AuditChain {
  private head: Uint8Array = START;
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** Chain value after the events so far, hex. */
  get value(): string {
    return toHex(this.head);
  }

  /** @returns what is wrong with the event after those so far, or null */
  add(event: TrailEvent): string | null {
    if (event.number !== this.count + 1) return `event ${this.count + 1} is missing`;
    this.head = nextLink(this.head, event);
    this.count = event.number;
    return event.chain === this.value ? null : `event ${event.number} is not what its chain value says`;
  }
}
