import { createHmac } from 'node:crypto';
import { CONFORMANCE_TYPE, type ConformanceStep } from '#libs/protocol';

/** What a member is asked to show next. */
export interface ConformanceTask {
  readonly step: ConformanceStep;
  /** Name of the signal type. */
  readonly type: string;
  /** Values to assert (`submit`) or to retract (`tombstone`); else none. */
  readonly values: readonly string[];
  /** For every step but `submit`: what the answer is over. */
  readonly question: ConformanceQuestion | null;
  /** For `reset`: the size from which to ask for a delta. */
  readonly after: number | null;
}

/** A question to a copy (docs/protocol-conformance.md, "Answer"). */
export interface ConformanceQuestion {
  /** 64 hex digits. */
  readonly salt: string;
  /** Key in hex from which on the first keys are asked for. */
  readonly from: string;
}

const VALUES = 3;
/** So far beyond the head no feed gets while a run lasts. */
const BEYOND = 2 ** 40;

/** Everything that a run asks for; it follows from the run's secret challenge alone. */
export class RunScript {
  /** Values to assert, ascending. */
  readonly values: readonly string[];
  /** The one of them to retract. */
  readonly retracted: string;

  constructor(private readonly challenge: Uint8Array) {
    const drawn = Array.from({ length: VALUES }, (_, i) => this.derive(`value ${i}`).toString('hex'));
    this.values = [...drawn].sort();
    this.retracted = drawn[0]!;
  }

  task(step: ConformanceStep): ConformanceTask {
    const question = (from: string): ConformanceQuestion => ({
      salt: this.derive(`salt ${step}`).toString('hex'),
      from,
    });
    const base = { step, type: CONFORMANCE_TYPE, values: [], question: null, after: null };
    switch (step) {
      case 'submit':
        return { ...base, values: this.values };
      case 'pull':
        return { ...base, question: question(this.values[0]!) };
      case 'tombstone':
        return { ...base, values: [this.retracted], question: question(this.retracted) };
      case 'reset':
        return { ...base, question: question('0'.repeat(64)), after: this.beyond() };
    }
  }

  private beyond(): number {
    return BEYOND + this.derive('after').readUInt32BE(0);
  }

  private derive(label: string): Buffer {
    return createHmac('sha256', this.challenge).update(label).digest();
  }
}
