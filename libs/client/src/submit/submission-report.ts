import { decodeContent } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { EntryPlace } from './entry-draft.js';
import type { EntryOutcome, HubSubmission, HubSubmissions } from './hub-submissions.js';
import type { Outbox, Run } from './outbox.js';
import type { Receipt } from './receipt.js';
import { proveSubmission, type ProofContext } from './prove-submission.js';

/** What became of an entry that was not simply accepted, and where it came from. */
export interface ReportedOutcome extends EntryOutcome {
  readonly place?: EntryPlace;
}

/** Everything there is to say of a submission. */
export interface SubmissionReport extends HubSubmission {
  /** The hub promised to have logged it by now, and nothing proves that it has: the promise is evidence. */
  readonly overdue: boolean;
  /** The hub could not be asked: everything is as it was kept beside the batch. */
  readonly offline: boolean;
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
  const { found, offline } = await ask(context, jti, sent);
  const proved = await prove(context, found, sent, offline);
  const listed = found.logIndex !== null && !offline;
  return {
    ...found,
    offline,
    overdue: !proved && (context.now ?? Date.now)() > found.deadline,
    proved,
    path: sent?.run.path ?? null,
    outcomes: listed ? await listOutcomes(context, jti, sent, options.all ?? false) : null,
  };
}

async function ask(
  context: ReportContext,
  jti: string,
  sent: SentBatch | null,
): Promise<{ found: HubSubmission; offline: boolean }> {
  try {
    return { found: await context.hub.find(jti), offline: false };
  } catch (error) {
    if (sent === null || !(error instanceof ClientError)) throw error;
    const kept = error.kind === 'network' ? await recall(context.outbox, sent) : null;
    if (kept !== null) return { found: kept, offline: true };
    if (error.code !== 'NOT_FOUND') throw error;
    const reason = `${error.reason}; if the hub gave a promise to log it, it is in ${sent.run.path}`;
    throw new ClientError('NOT_FOUND', error.subject, reason, { cause: error });
  }
}

/** A submission as it was kept; null when it was never promised. */
async function recall(outbox: Outbox, { run, batch }: SentBatch): Promise<HubSubmission | null> {
  const receipt = (await outbox.readReceipt(run, batch)) as Receipt | null;
  if (receipt === null) return null;
  const logged = await outbox.readProof(run, batch);
  const none = { logIndex: null, proof: null, leaf: null, content: null, author: null };
  const content =
    logged === null || logged.content === null ? null : decodeContent(Buffer.from(logged.content));
  const { jti, digest, receivedAt, deadline, counter, promise } = receipt;
  return {
    ...{ jti, digest, receivedAt, deadline, counter, promise },
    channel: run.info.channel,
    count: run.info.batches[batch]!.count,
    state: logged === null ? 'RECEIVED' : 'SEQUENCED',
    ...(logged ?? none),
    accepted: content?.accepted ?? null,
    held: content?.held ?? null,
    rejected: content?.rejected ?? null,
  };
}

async function prove(
  context: ReportContext,
  found: HubSubmission,
  sent: SentBatch | null,
  offline: boolean,
): Promise<boolean> {
  const manifest = sent && (await context.outbox.readBatch(sent.run, sent.batch)).manifest;
  const proved = proveSubmission(context, found, manifest);
  if (!proved || sent === null || offline) return proved;
  const { proof, leaf, author, content, logIndex } = found;
  const logged = { proof: proof!, leaf: leaf!, author: author!, content, logIndex: logIndex! };
  await context.outbox.writeProof(sent.run, sent.batch, logged);
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
