import { appendFileSync } from 'node:fs';
import { PlatformError } from '../platform-error.js';
import { type FaultPoints, parseFaultPoints } from './fault-spec.js';

interface Armed {
  readonly points: FaultPoints;
  readonly log: string | undefined;
  readonly reached: Map<string, number>;
}

let armed: Armed | undefined;

/**
 * Arms the fault points of a test run. Processes call it once, at their start; config allows it under NODE_ENV=test alone.
 * @throws PlatformError `fault-points-invalid`
 */
export function armFaultPoints(config: {
  faultPoints: string | undefined;
  faultLog: string | undefined;
}): void {
  if (config.faultPoints === undefined) {
    armed = undefined;
    return;
  }
  const parsed = parseFaultPoints(config.faultPoints);
  if (!parsed.ok) {
    throw new PlatformError('fault-points-invalid', `CAIRN_FAULT_POINTS: ${parsed.code} at "${parsed.part}"`);
  }
  armed = { points: parsed.points, log: config.faultLog, reached: new Map() };
}

/**
 * A named place at which a test may kill this process with SIGKILL, as a power cut would.
 * The hit is on disk before the process dies, so that the test knows it happened. Does nothing unless armed.
 */
export function faultPoint(name: string): void {
  if (armed === undefined) return;
  const count = (armed.reached.get(name) ?? 0) + 1;
  armed.reached.set(name, count);
  if (armed.points.get(name) !== count) return;
  if (armed.log !== undefined) appendFileSync(armed.log, `${name}\n`, { flush: true });
  process.kill(process.pid, 'SIGKILL');
  // Nothing may run between the signal's sending and its delivery.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
