import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { signCompactJws, type SigningKey } from '#libs/keys';
import {
  ENDORSEMENT_TYP,
  SANDBOX,
  type Endorsement,
  type JsonObject,
  type Relationship,
} from '#libs/protocol';
import { onlyResult } from './application/ask-hub.js';
import type { TracedSignal } from './audit/signal-history.js';
import { traceSignal, type Trace } from './audit/trace-signal.js';
import { ClientError } from './client-error.js';
import type { CairnClientOptions, PullOptions, WaitOptions, WhoAmI } from './client-options.js';
import {
  runConformance,
  type ConformanceProgress,
  type ConformanceResult,
} from './conformance/conformance-run.js';
import { HubConformance } from './conformance/hub-conformance.js';
import type { HubPolicy } from './config/hub-policy.js';
import { MemberHome } from './config/member-home.js';
import { MAX_DIRECTORY_BYTES, verifyDirectory, type AllianceDirectory } from './directory.js';
import { durableFiles } from './files/durable-files.js';
import { MemberHeads } from './heads/member-heads.js';
import { AccessTokens } from './http/access-token.js';
import { GraphqlClient, type Operation } from './http/graphql.js';
import { publicFiles } from './http/public-files.js';
import { HttpClient, type HttpOptions } from './http/http-client.js';
import { hubText } from './http/hub-text.js';
import { AnswerObject } from './http/json-answer.js';
import { requirePinned, type VerifiedHead } from './log/open-checkpoint.js';
import { ProvenanceFollower } from './log/provenance.js';
import { StaticLog, type FetchFile } from './log/static-log.js';
import { feedFiles } from './pull/feed-files.js';
import {
  acceptEntryProof,
  entryProofOperation,
  type CheckedEntryProof,
  type WantedEntry,
} from './provenance/entry-proofs.js';
import { pullFeed, type PullResult } from './pull/pull-feed.js';
import { replayHub, type ReplayReport, type ReplayRunOptions } from './replay/replay-hub.js';
import { gatherEvidence } from './submit/gather-evidence.js';
import { HubSubmissions } from './submit/hub-submissions.js';
import { Outbox } from './submit/outbox.js';
import { collectProofs } from './submit/collect-proofs.js';
import { reportSubmission, type ReportContext, type SubmissionReport } from './submit/submission-report.js';
import { submitRun, type SubmitOptions, type SubmitResult } from './submit/submit-run.js';

const ME = `query Me {
  me { member name status channels { channel submit receive } keys { thumbprint purpose active } }
}`;

const ACTED = `{ __typename ... on ApplicationActed { application state number } ... on ActRefused { code field rule } }`;
const APPLICANT = `query Applicant($id: ID!) { applicant(id: $id) { __typename ... on Applicant { legalNameDigest } } }`;
const ENDORSE = `mutation Endorse($endorsement: String!) { endorseApplicant(endorsement: $endorsement) ${ACTED} }`;
const OBJECT = `mutation Object($input: ObjectionInput!) { objectToApplicant(input: $input) ${ACTED} }`;

const WAIT_MS = 10 * 60_000;
const FIRST_POLL_MS = 500;
const SLOWEST_POLL_MS = 5000;

/**
 * A member of a Cairn hub: submits signed batches, pulls verified feeds.
 *
 * ```ts
 * import { CairnClient, HashStore } from '#libs/client';
 *
 * const cairn = await CairnClient.open();                       // configured by `cairn init` and `cairn keys new`
 * await cairn.submit({ channel: 'csam', entries: [{ type: 'sha256', value: digest, labels: ['a1'] }] });
 *
 * await cairn.pull({ feed: 'csam', store: '/var/lib/cairn' });  // verified, atomic, only what is new
 * const store = await HashStore.open('/var/lib/cairn');
 * for (const match of store.lookup(digest) ?? []) console.log(match.feed, match.assurance, match.labels);
 * store.close();
 * ```
 *
 * Nothing is trusted that the pinned policy file does not vouch for. Every failure is a {@link ClientError}; its `kind`
 * says what to do about it.
 */
export class CairnClient {
  private readonly http: HttpClient;
  private readonly graphql: GraphqlClient;
  private readonly submissions: HubSubmissions;
  private readonly provenance: ProvenanceFollower;
  private readonly outbox: Outbox;

  private constructor(
    readonly home: MemberHome,
    /** Name of the member. */
    readonly member: string,
    /** The pinned hub. */
    readonly hub: HubPolicy,
    options: HttpOptions,
  ) {
    const { baseUrl, origin, policy } = hub;
    this.http = new HttpClient(options);
    const tokens = new AccessTokens({ http: this.http, baseUrl, member, key: () => home.loadKey('auth') });
    this.graphql = new GraphqlClient(this.http, tokens, baseUrl);
    this.submissions = new HubSubmissions(this.graphql);
    const log = new StaticLog(`log ${origin}/log`, publicFiles(this.http, `${baseUrl}/log`));
    this.provenance = new ProvenanceFollower({ policy, origin, log, directory: home.hubState });
    this.outbox = new Outbox(home.outbox, durableFiles);
  }

  /**
   * Opens the member that is configured.
   *
   * @throws ClientError `NOT_CONFIGURED`, `CONFIG_INVALID`, `POLICY_INVALID`
   */
  static async open({ home, http = {} }: CairnClientOptions = {}): Promise<CairnClient> {
    const directory = new MemberHome(home);
    const { member, hub } = await directory.load();
    return new CairnClient(directory, member, hub, http);
  }

  /** Asks the hub who this member is to it: shows at once whether keys and rights are in order. */
  async whoAmI(): Promise<WhoAmI> {
    const me = (await this.graphql.run({ query: ME, variables: {}, subject: 'member' })).object('me');
    return {
      member: hubText(me.text('member')),
      name: hubText(me.text('name')),
      status: hubText(me.text('status')),
      channels: me.objects('channels').map((channel) => ({
        channel: hubText(channel.text('channel')),
        submit: channel.boolean('submit'),
        receive: channel.boolean('receive'),
      })),
      keys: me.objects('keys').map((key) => ({
        thumbprint: hubText(key.text('thumbprint')),
        purpose: hubText(key.text('purpose')),
        active: key.boolean('active'),
      })),
    };
  }

  /**
   * Submits entries: checks them all, signs and stores them in batches in the outbox, then sends them one after the other.
   * A call that breaks off is taken up by the same call; one that was finished submits nothing when it is repeated. Keeps the proofs of earlier ones first.
   *
   * @throws ClientError `INPUT_INVALID`, `SUBMISSION_REFUSED`, `HEAD_MISMATCH`, `LOG_STOPPED`, `PROMISE_INVALID`, …
   */
  async submit(options: SubmitOptions): Promise<SubmitResult> {
    // A run that is taken up again is signed: it would go out without a look into the log.
    await this.provenance.requireNoFork();
    await this.collectProofs();
    return submitRun(
      {
        member: this.member,
        origin: this.hub.origin,
        outbox: this.outbox,
        hub: this.submissions,
        signingKey: () => this.signingKey(),
        head: () => this.verifiedHead(),
        denied: (note) => this.provenance.denied(note),
        promiseKeys: () => this.provenance.promiseKeys(),
      },
      options,
    );
  }

  /**
   * How far a submission of this member has come, with the proof of its place in the log verified.
   *
   * @param options.all  whether accepted entries are listed too
   */
  async submission(jti: string, options: { all?: boolean } = {}): Promise<SubmissionReport> {
    return reportSubmission(this.reporting, jti, options);
  }

  /**
   * Keeps the proofs of submissions that were promised and are not proved yet.
   *
   * @returns how many are proved now that were not
   * @throws ClientError `PROOF_REJECTED`
   */
  collectProofs(): Promise<number> {
    return collectProofs(this.reporting);
  }

  /**
   * Evidence that the hub has not kept its promise to log a submission in time: the bytes of a file that `checkPromiseEvidence` verifies
   * offline.
   *
   * @throws ClientError `NOT_FOUND` when no promise is kept here, `OPTION_INVALID` when the promise is not overdue, or as following the
   *   log does
   */
  async promiseEvidence(jti: string): Promise<Uint8Array> {
    return gatherEvidence({ ...this.reporting, proveEnds: () => this.provenance.proveEnds() }, jti);
  }

  private get reporting(): ReportContext {
    const { policy, origin } = this.hub;
    return { policy, origin, member: this.member, hub: this.submissions, outbox: this.outbox };
  }

  /**
   * Waits until a submission is published: logged, signed, and its effects in the feed.
   *
   * @throws ClientError `TIMEOUT`
   */
  async waitUntilPublished(
    jti: string,
    { timeoutMs = WAIT_MS, onState }: WaitOptions = {},
  ): Promise<SubmissionReport> {
    const end = Date.now() + timeoutMs;
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(SLOWEST_POLL_MS, pause * 1.5)) {
      const { state } = await this.submissions.find(jti);
      onState?.(state);
      if (state === 'PUBLISHED') return this.submission(jti);
      if (Date.now() + pause > end) {
        throw new ClientError(
          'TIMEOUT',
          `submission ${jti}`,
          `is still ${state}; it is stored, and nothing is lost`,
        );
      }
      await delay(pause);
    }
  }

  /**
   * Brings a store up to date with a feed. Everything is verified first; whatever fails, or however the process ends, the
   * store keeps its last state.
   *
   * @throws ClientError naming what failed to verify
   */
  async pull({ feed, store, types, onProgress }: PullOptions): Promise<PullResult> {
    const { policy } = this.hub;
    const origin = `${this.hub.origin}/feed/${feed}`;
    requirePinned(policy, origin);
    const directory = join(store, feed);
    const fetchFile = this.filesOf(feed, directory);
    const { provenance } = this;
    const hub = this.hub.origin;
    const from = { policy, origin, feed, fetchFile, hub, provenance };
    return pullFeed({ ...from, directory, files: durableFiles, types, onProgress });
  }

  /**
   * The heads that this member holds, to be looked at and compared with those of others.
   *
   * @param store  directory of the store; null for the provenance log alone
   */
  heads(store: string | null): MemberHeads {
    const { hub, provenance } = this;
    const feedLog = (feed: string): StaticLog =>
      new StaticLog(`feed ${feed}`, this.filesOf(feed, join(store!, feed)));
    return new MemberHeads({ hub, directory: this.home.hubState, store, provenance, feedLog });
  }

  /**
   * Who the members of the alliance are, with their keys and since when, as the hub signs.
   *
   * @throws ClientError `DIRECTORY_INVALID`, or as reading the hub statement does
   */
  async directory(): Promise<AllianceDirectory> {
    const { baseUrl, origin } = this.hub;
    const subject = `directory of ${origin}`;
    const [keys, body] = await Promise.all([
      this.provenance.promiseKeys(),
      publicFiles(this.http, baseUrl)('directory', { maxBytes: MAX_DIRECTORY_BYTES, subject }),
    ]);
    if (body === null) throw new ClientError('NOT_FOUND', subject, 'the hub serves none');
    return verifyDirectory(Buffer.from(body).toString('latin1'), { origin, keys });
  }

  /**
   * The proof of an entry, verified: the latest about a signal in a channel, or that of a given log index.
   *
   * @throws ClientError `NOT_FOUND`, `PROOF_REJECTED`
   */
  async entryProof(wanted: WantedEntry): Promise<CheckedEntryProof> {
    return acceptEntryProof(this.hub, wanted, await this.ask(entryProofOperation(wanted)));
  }

  /**
   * Signs and files an endorsement of an applicant, as the hub names it now.
   *
   * @param relationship what ties this member to the applicant: only `none` counts; any other needs a note
   * @throws ClientError `NOT_FOUND`, `REQUEST_REFUSED`, `KEY_UNUSABLE`
   */
  async endorse(application: string, relationship: Relationship, note: string | null): Promise<JsonObject> {
    const subject = `application ${application}`;
    const asked = await this.ask({ query: APPLICANT, variables: { id: application }, subject });
    const legalName = new AnswerObject(asked, subject).text('legalNameDigest');
    const payload: Endorsement = {
      iss: this.member,
      aud: this.hub.origin,
      jti: randomUUID(),
      iat: Math.floor(Date.now() / 1000),
      applicant: { application, legalName },
      relationship,
      note,
    };
    const endorsement = await signCompactJws({ typ: ENDORSEMENT_TYP, payload, key: await this.signingKey() });
    return this.ask({ query: ENDORSE, variables: { endorsement }, subject });
  }

  /**
   * The history of a signal in a channel that this member receives, verified as far as it can be.
   *
   * @throws ClientError `NOT_FOUND`, `PROOF_REJECTED`, `OPTION_INVALID`
   */
  trace(signal: TracedSignal): Promise<Trace> {
    return traceSignal((operation) => this.ask(operation), signal, this.hub);
  }

  /**
   * Replays the hub's log as far as this member may see it, and says what it had to take on trust. What differs is in the report.
   *
   * @throws ClientError for logs that contradict their checkpoints or themselves, or as fetching does
   */
  async replay({ work, ...options }: Omit<ReplayRunOptions, 'fromState'> = {}): Promise<ReplayReport> {
    const directory = work ?? join(this.home.path, 'replay', 'member');
    const received = (await this.whoAmI()).channels.filter(({ receive }) => receive);
    const feeds = this.hub.feeds.filter((feed) => received.some(({ channel }) => channel === feed));
    return replayHub(
      {
        ...{ http: this.http, hub: this.hub, purpose: null, work: directory },
        ask: (operation) => this.ask(operation),
        replayer: { kind: 'member', name: this.member },
        feeds: new Map(feeds.map((feed) => [feed, this.filesOf(feed, join(directory, 'feeds', feed))])),
      },
      options,
    );
  }

  /** Objects to an applicant while its window is open. */
  object(application: string, code: string, note: string): Promise<JsonObject> {
    const subject = `application ${application}`;
    return this.ask({ query: OBJECT, variables: { input: { application, code, note } }, subject });
  }

  /**
   * Goes through a conformance run in the sandbox, with a copy of its own that is removed afterwards. A run that is not passed is a
   * result, not an error.
   *
   * @throws ClientError `LOG_NOT_PINNED` when the policy file does not pin the sandbox, `REQUEST_REFUSED` when the hub starts no run,
   *   or as submitting and pulling do
   */
  async conformance(
    options: { onStep?: (progress: ConformanceProgress) => void } = {},
  ): Promise<ConformanceResult> {
    requirePinned(this.hub.policy, `${this.hub.origin}/feed/${SANDBOX}`);
    return runConformance({
      hub: new HubConformance(this.graphql),
      submit: (batch) => this.submit(batch),
      waitUntilPublished: (jti) => this.waitUntilPublished(jti),
      pull: (store) => this.pull({ feed: SANDBOX, store, types: 'all' }),
      directory: join(this.home.path, 'conformance'),
      onStep: options.onStep,
    });
  }

  private filesOf(feed: string, directory: string): FetchFile {
    const { http, graphql, hub } = this;
    return feedFiles({ http, graphql, baseUrl: hub.baseUrl, feed, directory });
  }

  private async ask(operation: Operation): Promise<JsonObject> {
    return onlyResult((await this.graphql.run(operation)).json, operation.subject);
  }

  private signingKey(): Promise<SigningKey> {
    return this.home.loadKey('signing');
  }

  /** The present head, verified to extend the last one: a manifest carries it, so that a hub cannot show one member another past. */
  private async verifiedHead(): Promise<VerifiedHead | null> {
    await this.provenance.follow();
    return this.provenance.lastHead();
  }
}
