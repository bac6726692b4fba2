import { ClientError } from '../client-error.js';
import { reportSubmission, type ReportContext } from './submission-report.js';

/** Submissions that are asked about in one go. */
const MOST = 100;

/**
 * Asks about submissions that were promised and are not proved yet, the oldest first, and keeps the proofs beside their batches: so nobody has to ask for
 * each, and a promise is shown as overdue only when it is. A hub that cannot be reached, or denies one, changes nothing.
 *
 * @returns how many are proved now that were not
 * @throws ClientError `PROOF_REJECTED`
 */
export async function collectProofs(context: ReportContext): Promise<number> {
  const waiting = await context.outbox.unproved();
  waiting.sort((a, b) => a.deadline - b.deadline);
  let proved = 0;
  for (const { jti } of waiting.slice(0, MOST)) {
    try {
      const report = await reportSubmission(context, jti);
      if (report.offline) break;
      if (report.proved) proved += 1;
    } catch (error) {
      if (!(error instanceof ClientError) || error.kind !== 'refused') throw error;
    }
  }
  return proved;
}
