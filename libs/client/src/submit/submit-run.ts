import type { PublicKeyRecord, SigningKey } from '#libs/keys';
import { requireName, ProtocolError, toHex, type LogHead, type Manifest } from '#libs/protocol';
import { ClientError } from '../client-error.js';
import type { HeadDenial } from '../log/denied-head.js';
import type { VerifiedHead } from '../log/open-checkpoint.js';
import { BatchBuilder, signManifest, type Batch, type BatchLimits } from './batches.js';
import { placeName, type EntryDraft } from './entry-draft.js';
import type { HubSubmissions, Refusal } from './hub-submissions.js';
import type { DraftRun, Outbox, Run, RunKey } from './outbox.js';
import { verifyPromise, type Receipt } from './receipt.js';

/** What to submit. */
export interface SubmitOptions {
  readonly channel: string;
  /** Entries in order; read once. */
  readonly entries: Iterable<EntryDraft> | AsyncIterable<EntryDraft>;
  /** Whether members who receive the channel may see who the author is; `anonymous` unless given. */
  readonly attribution?: Manifest['attribution'];
  /**
   * Stands for the input, such as a digest of files: a call with the same identity is the same run. Without it the entries
   * themselves are digested, and have to be read through before that is known.
   */
  readonly identity?: string;
  /** Whether a run that is finished is submitted once more. */
  readonly again?: boolean;
  readonly onProgress?: (progress: SubmitProgress) => void;
}

/** How far a run is. */
export interface SubmitProgress {
  readonly phase: 'checking' | 'sending';
  /** Entries checked, or sent. */
  readonly done: number;
  /** Entries in all; null while they are being counted. */
  readonly total: number | null;
}

/** What came of a run. */
export interface SubmitResult {
  /** `already-submitted`: the same run was finished before, and nothing was sent. */
  readonly state: 'submitted' | 'already-submitted';
  /** Whether the run was begun by an earlier call. */
  readonly resumed: boolean;
  readonly entries: number;
  /** Entries whose value was in upper case. */
  readonly lowered: number;
  /** Directory of the run in the outbox. */
  readonly path: string;
  readonly receipts: readonly Receipt[];
}

/** What submitting needs of the member and the hub. */
export interface SubmitContext {
  readonly member: string;
  readonly origin: string;
  readonly outbox: Outbox;
  readonly hub: HubSubmissions;
  readonly signingKey: () => Promise<SigningKey>;
  /** The last provenance head, verified just now. */
  readonly head: () => Promise<VerifiedHead | null>;
  /** Keeps what shows that the hub denies a head that it signed; the note of that head, or null when it is not known. */
  readonly denied: (note: string | null) => Promise<HeadDenial>;
  readonly promiseKeys: () => Promise<readonly PublicKeyRecord[]>;
  readonly limits?: BatchLimits;
}

/**
 * Checks, signs, stores and then sends entries. Nothing is sent before everything was checked and stored; whatever
 * breaks off is taken up again by the same call, with the same bytes.
 *
 * @throws ClientError `INPUT_INVALID`, `SUBMISSION_REFUSED`, `HEAD_MISMATCH`, `LOG_FORK`, `PROMISE_INVALID`, `BUSY`, or as connecting does
 */
export async function submitRun(context: SubmitContext, options: SubmitOptions): Promise<SubmitResult> {
  requireChannel(options.channel);
  const prepared = (await known(context, options)) ?? (await prepare(context, options));
  const { run } = prepared;
  if (prepared.finished) {
    const receipts = await Promise.all(run.info.batches.map((_, batch) => readReceipt(context, run, batch)));
    return result(
      'already-submitted',
      prepared,
      receipts.filter((receipt) => receipt !== null),
    );
  }
  return result('submitted', prepared, await sendRun(context, run, options));
}

interface Prepared {
  readonly run: Run;
  readonly finished: boolean;
  readonly resumed: boolean;
  readonly lowered: number;
}

function result(
  state: SubmitResult['state'],
  prepared: Prepared,
  receipts: readonly Receipt[],
): SubmitResult {
  const { run, resumed, lowered } = prepared;
  return { state, resumed, entries: run.info.entries, lowered, path: run.path, receipts };
}

/** The run of the same identity, unless there is none or it is finished and wanted again. */
async function known(context: SubmitContext, options: SubmitOptions): Promise<Prepared | null> {
  return options.identity === undefined ? null : findRun(context, options, options.identity);
}

async function findRun(
  context: SubmitContext,
  options: SubmitOptions,
  identity: string,
): Promise<Prepared | null> {
  const run = await context.outbox.latest(keyOf(context, options, identity));
  if (run === null) return null;
  const finished = (await context.outbox.finishedAt(run)) !== null;
  return finished && options.again === true ? null : { run, finished, resumed: !finished, lowered: 0 };
}

function keyOf(context: SubmitContext, options: SubmitOptions, identity: string): RunKey {
  const { channel, attribution = 'anonymous' } = options;
  return { member: context.member, origin: context.origin, channel, attribution, identity };
}

async function prepare(context: SubmitContext, options: SubmitOptions): Promise<Prepared> {
  const draft = await context.outbox.begin();
  try {
    const builder = new BatchBuilder(context.limits);
    await writeBatches(context, options, builder, draft);
    const identity = options.identity ?? `entries:${builder.identity()}`;
    const same = options.identity === undefined ? await findRun(context, options, identity) : null;
    if (same !== null) {
      await draft.discard();
      return same;
    }
    const run = await draft.finish(keyOf(context, options, identity));
    return { run, finished: false, resumed: false, lowered: builder.lowered };
  } catch (error) {
    // Tidies up; a draft that stays is removed after a day.
    await draft.discard().catch(() => undefined);
    throw error;
  }
}

async function writeBatches(
  context: SubmitContext,
  options: SubmitOptions,
  builder: BatchBuilder,
  draft: DraftRun,
): Promise<void> {
  const { channel, attribution = 'anonymous', entries, onProgress } = options;
  const { member, origin } = context;
  let signing: Promise<(batch: Batch) => ReturnType<typeof signManifest>> | undefined;
  const write = async (batch: Batch): Promise<void> => {
    // Key and head are needed only once there is something to sign.
    signing ??= Promise.all([context.signingKey(), keptHead(context, draft)]).then(
      ([key, head]) =>
        (next) =>
          signManifest({ member, origin, channel, attribution, head }, next, key),
    );
    await draft.add(batch, await (await signing)(batch));
    onProgress?.({ phase: 'checking', done: builder.count, total: null });
  };
  for await (const entry of entries) {
    const batch = builder.add(entry);
    if (batch !== null) await write(batch);
  }
  const rest = builder.take();
  if (rest !== null) await write(rest);
  if (builder.count === 0) throw new ClientError('INPUT_INVALID', 'input', 'holds no entry');
}

/** The head that the manifests name, its note beside them. */
async function keptHead(context: SubmitContext, draft: DraftRun): Promise<LogHead | null> {
  const head = await context.head();
  if (head === null) return null;
  await draft.keepHead(head.note);
  return { size: head.size, root: toHex(head.root) };
}

async function sendRun(context: SubmitContext, run: Run, options: SubmitOptions): Promise<Receipt[]> {
  const lock = await context.outbox.lock(run);
  try {
    const receipts: Receipt[] = [];
    let done = 0;
    for (const [batch, { count }] of run.info.batches.entries()) {
      options.onProgress?.({ phase: 'sending', done, total: run.info.entries });
      receipts.push((await readReceipt(context, run, batch)) ?? (await sendBatch(context, run, batch)));
      done += count;
    }
    options.onProgress?.({ phase: 'sending', done, total: run.info.entries });
    await context.outbox.markFinished(run);
    return receipts;
  } finally {
    await lock.release();
  }
}

async function sendBatch(context: SubmitContext, run: Run, batch: number): Promise<Receipt> {
  const { outbox, hub, origin, member } = context;
  const { jti } = run.info.batches[batch]!;
  const bytes = await outbox.readBatch(run, batch);
  const answer = await hub.submit(jti, bytes);
  if ('refused' in answer) throw await refusal(context, run, batch, answer.refused);
  const receipt = await verifyPromise(answer.promise, {
    origin,
    member,
    jti,
    manifest: bytes.manifest,
    keys: await context.promiseKeys(),
  });
  await outbox.writeReceipt(run, batch, receipt);
  return receipt;
}

async function readReceipt(context: SubmitContext, run: Run, batch: number): Promise<Receipt | null> {
  return (await context.outbox.readReceipt(run, batch)) as Receipt | null;
}

async function refusal(
  { outbox, denied }: SubmitContext,
  run: Run,
  batch: number,
  { code, field, rule, line }: Refusal,
): Promise<ClientError> {
  const { jti } = run.info.batches[batch]!;
  const place = line === null ? undefined : (await outbox.readPlaces(run, batch))(line);
  const where = line === null ? '' : `, ${placeName(place, line + 1)}`;
  const subject = `batch ${batch + 1} of ${run.info.batches.length} (${jti})${where}`;
  if (code === 'HEAD_MISMATCH') {
    const denial = await denied(await outbox.readHeadNote(run));
    return new ClientError(denial.code, subject, `${denial.reason}; ${HEAD_DENIED} ${run.path}`);
  }
  return new ClientError(
    'SUBMISSION_REFUSED',
    subject,
    `${field} ${rule} (${code}); nothing of this batch was stored`,
  );
}

const HEAD_DENIED =
  'tell the alliance, and compare heads with other members (cairn audit heads); nothing was stored, the batch stays in';

function requireChannel(channel: string): void {
  try {
    requireName(channel, 'channel');
  } catch (cause) {
    if (cause instanceof ProtocolError)
      throw new ClientError('OPTION_INVALID', 'channel', cause.rule, { cause });
    throw cause;
  }
}
