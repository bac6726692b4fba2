import type { CheckedEvidence } from '#libs/client';
import { time } from './text.js';

/** What evidence of an overdue promise shows, and what it does not, for people. */
export function evidenceLines(evidence: CheckedEvidence): string[] {
  const { origin, member, jti, counter, receivedAt, deadline, size, lastTime, seen, pastDeadline } = evidence;
  return [
    `${origin} promised ${member} to log submission ${jti}, its number ${counter}, received ${time(receivedAt)}, by ${time(deadline)}: signed by the hub`,
    `its signed log of ${size} leaves, the last of ${time(lastTime)}, was read ${time(seen)} by the reader's clock and, as far as the reader could tell, does not hold it`,
    pastDeadline
      ? "the log had gone past the deadline by the hub's own clock"
      : "the log had not gone past the deadline by the hub's own clock: that it has passed is the reader's word",
    'NOT proved: that the log does not hold it. The hub can disprove that by the leaf and its proof under this checkpoint.',
  ];
}

/** The same as JSON. */
export function evidenceJson({ receivedAt, deadline, lastTime, seen, ...others }: CheckedEvidence): object {
  const times = {
    receivedAt: time(receivedAt),
    deadline: time(deadline),
    lastTime: time(lastTime),
    seen: time(seen),
  };
  return {
    proof: 'overdue-promise',
    verified: true,
    ...others,
    ...times,
    proves: { promised: true, absence: false },
  };
}
