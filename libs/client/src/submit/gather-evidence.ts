import type { ProvedLeaf } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import { encodePromiseEvidence } from './promise-evidence.js';
import type { Receipt } from './receipt.js';
import { reportSubmission, type ReportContext } from './submission-report.js';

/** What gathering evidence needs. */
export interface EvidenceContext extends ReportContext {
  /** The log's first and last leaf, proved under its present checkpoint. */
  readonly proveEnds: () => Promise<{ hub: ProvedLeaf; last: ProvedLeaf }>;
}

/**
 * Puts a promise that was not kept together with the log as it is now.
 *
 * @throws ClientError `NOT_FOUND`, `OPTION_INVALID`, or as following the log does
 */
export async function gatherEvidence(context: EvidenceContext, jti: string): Promise<Uint8Array> {
  const { outbox, origin, now = Date.now } = context;
  const subject = `submission ${jti}`;
  const sent = await outbox.find(jti);
  const receipt = sent && ((await outbox.readReceipt(sent.run, sent.batch)) as Receipt | null);
  if (sent === null || receipt === null)
    throw new ClientError('NOT_FOUND', subject, 'no promise about it is kept here');
  // The log first: what is asked for after that could only be there by a later checkpoint.
  const ends = await context.proveEnds();
  const seen = now();
  if (seen <= receipt.deadline || (await isProved(context, jti)))
    throw new ClientError('OPTION_INVALID', subject, 'its promise is not overdue: there is nothing to show');
  const { manifest } = await outbox.readBatch(sent.run, sent.batch);
  return encodePromiseEvidence({ origin, manifest, promise: receipt.promise, ...ends, seen });
}

/** A hub that denies what it promised to log proves nothing. */
async function isProved(context: EvidenceContext, jti: string): Promise<boolean> {
  try {
    return (await reportSubmission(context, jti)).proved;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'NOT_FOUND') return false;
    throw error;
  }
}
