import { ClientError } from '../client-error.js';
import type { EntryPlace } from './entry-draft.js';
import type { EntryOutcome, HubSubmission, HubSubmissions } from './hub-submissions.js';
import type { Outbox, Run } from './outbox.js';
import { proveSubmission, type ProofContext } from './prove-submission.js';

/** What became of an entry that was not simply accepted, and where it came from. */
export interface ReportedOutcome extends EntryOutcome {
  readonly place?: EntryPlace;
}

/** Everything there is to say of a submission. */
export interface SubmissionReport extends HubSubmission {
  /** The hub promised to have logged it by now, and has not: the promise is evidence. */
  readonly overdue: boolean;
  /** Whether its place in the log was proved under the pinned policy. */
  readonly proved: boolean;
  /** Directory of its run in the outbox; null when it was sent from elsewhere. */
  readonly path: string | null;
  /** Entries that were held, rejected or without effect (all, when asked for); null until it is sequenced. */
  readonly outcomes: readonly ReportedOutcome[] | null;
}

/** What a report needs. */
export interface ReportContext extends ProofContext {
  readonly hub: HubSubmissions;
  readonly outbox: Outbox;
  readonly now?: () => number;
}

/** A batch in the outbox. */
interface SentBatch {
  readonly run: Run;
  readonly batch: number;
}

/**
 * Asks the hub about a submission of this member, and proves its place in the log once it has one. The proof is kept
 * beside the batch.
 *
 * @param options.all  whether every entry is listed
 * @throws ClientError `NOT_FOUND`, `PROOF_REJECTED`, or as connecting does
 */
export async function reportSubmission(
  context: ReportContext,
  jti: string,
  options: { all?: boolean } = {},
): Promise<SubmissionReport> {
  const sent = await context.outbox.find(jti);
  const found = await ask(context, jti, sent);
  return {
    ...found,
    overdue: isOverdue(found, (context.now ?? Date.now)()),
    proved: await prove(context, found, sent),
    path: sent?.run.path ?? null,
    outcomes: found.logIndex === null ? null : await listOutcomes(context, jti, sent, options.all ?? false),
  };
}

/** Whether the hub broke its promise so far. */
export function isOverdue({ state, deadline }: HubSubmission, now: number): boolean {
  return (state === 'RECEIVED' || state === 'DECIDED') && now > deadline;
}

async function ask({ hub }: ReportContext, jti: string, sent: SentBatch | null): Promise<HubSubmission> {
  try {
    return await hub.find(jti);
  } catch (error) {
    if (sent === null || !(error instanceof ClientError) || error.code !== 'NOT_FOUND') throw error;
    const reason = `${error.reason}; if the hub gave a promise to log it, it is in ${sent.run.path}`;
    throw new ClientError('NOT_FOUND', error.subject, reason, { cause: error });
  }
}

async function prove(context: ReportContext, found: HubSubmission, sent: SentBatch | null): Promise<boolean> {
  const manifest = sent && (await context.outbox.readBatch(sent.run, sent.batch)).manifest;
  const proved = proveSubmission(context, found, manifest);
  if (proved && sent !== null)
    await context.outbox.writeProof(sent.run, sent.batch, found.proof!, found.leaf!);
  return proved;
}

async function listOutcomes(
  { hub, outbox }: ReportContext,
  jti: string,
  sent: SentBatch | null,
  all: boolean,
): Promise<ReportedOutcome[]> {
  const placeOf = sent === null ? () => undefined : await outbox.readPlaces(sent.run, sent.batch);
  const outcomes: ReportedOutcome[] = [];
  for await (const outcome of hub.outcomes(jti)) {
    if (!all && isPlain(outcome)) continue;
    const place = placeOf(outcome.line);
    outcomes.push(place === undefined ? outcome : { ...outcome, place });
  }
  return outcomes;
}

/** Accepted, and effective or not settled yet. */
function isPlain({ outcome, effect }: EntryOutcome): boolean {
  return outcome === 'ACCEPTED' && (effect === null || effect === 'effective');
}
