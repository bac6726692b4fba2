import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import { FeedReader } from '#libs/feed';
import { provenanceOrigin, readLeaves, readProofText } from '#libs/ledger';
import { findChannelAccess, type MemberStanding } from '#libs/membership';
import { CONFIG, Database, type Config, type Tx } from '#libs/platform';
import { decodeContent, DECISION_CODES, VERDICTS } from '#libs/protocol';
import { EFFECTS } from '#libs/signals';
import { ApiError } from '../graphql/api-error.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import type { EntryDecision, EntryOutcome, SubmissionState } from './submission.types.js';

/** A submission as resolvers pass it on; proof, bodies and entries are read when they are asked for. */
export interface SubmissionView {
  __typename: 'Submission';
  jti: string;
  channel: string;
  state: keyof typeof SubmissionState;
  count: number;
  digest: string;
  receivedAt: Date;
  deadline: Date;
  counter: number;
  promise: string;
  logIndex: number | null;
  accepted: number | null;
  held: number | null;
  rejected: number | null;
}

/** What proves that a submission is in the log, and what its leaf commits to. */
export interface SubmissionEvidence {
  proof: string;
  leaf: string;
  /** Null for an author who does not receive the channel. */
  content: string | null;
  author: string;
}

interface SubmissionRow extends Omit<
  SubmissionView,
  '__typename' | 'state' | 'accepted' | 'held' | 'rejected'
> {
  state: 'received' | 'decided' | 'sequenced';
  content: Buffer | null;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const MOST_ENTRIES = 1000;

/** Submissions as their authors see them. */
@Injectable()
export class SubmissionService {
  private readonly logOrigin: string;
  private readonly known = new WeakMap<SubmissionView, Promise<SubmissionEvidence | null>>();

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(FeedReader) private readonly feeds: FeedReader,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.logOrigin = provenanceOrigin(origin);
  }

  /** The submission of that jti, or null when the member has sent none such. */
  async find({ id }: MemberStanding, jti: string): Promise<SubmissionView | null> {
    if (!UUID.test(jti)) return null;
    return this.database.read('find-submission', `member:${id}`, async (tx) => {
      const [row] = await tx.query<SubmissionRow>(FIND, [id, jti]);
      if (row === undefined) return null;
      const { state, content, ...submission } = row;
      return {
        __typename: 'Submission',
        ...submission,
        ...countsOf(content),
        state: await this.state(tx, submission.channel, state, submission.logIndex),
      };
    });
  }

  /** Null until a signed checkpoint covers the submission. Read once for each submission of a request. */
  evidence(member: MemberStanding, submission: SubmissionView): Promise<SubmissionEvidence | null> {
    let evidence = this.known.get(submission);
    if (evidence === undefined) {
      evidence = this.readEvidence(member, submission);
      this.known.set(submission, evidence);
    }
    return evidence;
  }

  /**
   * What became of the entries, by line; null until the submission is sequenced.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async entries(
    { id, member }: MemberStanding,
    { jti, logIndex }: SubmissionView,
    first: number,
    after: string | undefined,
  ): Promise<Connection<EntryOutcome> | null> {
    requireFirst(first, MOST_ENTRIES);
    const scope = { member, list: `entries/${jti}` };
    const from = after === undefined ? 0 : this.openCursor(scope, after) + 1;
    if (logIndex === null) return null;
    const rows = await this.database.read('list-outcomes', `member:${id}`, (tx) =>
      tx.query<OutcomeRow>(OUTCOMES, [id, logIndex, from, first + 1]),
    );
    return toConnection(rows.map(toOutcome), first, ({ line }) => this.cursors.seal(scope, [line]));
  }

  private async readEvidence(
    member: MemberStanding,
    { logIndex, channel, jti }: SubmissionView,
  ): Promise<SubmissionEvidence | null> {
    if (logIndex === null) return null;
    return this.database.read('prove-submission', `member:${member.id}`, async (tx) => {
      const proof = await readProofText(tx, this.logOrigin, logIndex);
      if (proof === null) return null;
      const [leaf] = await readLeaves(tx, this.logOrigin, logIndex, logIndex + 1);
      const [bodies] = await tx.query<{ content: Buffer; author: Buffer }>(
        `SELECT content_body AS content, author_body AS author FROM cairn.submission WHERE member_id = $1 AND jti = $2`,
        [member.id, jti],
      );
      // The decisions that the content commits to can be guessed from it, and with them whether a value was known before.
      const receives = (await findChannelAccess(tx, member.id, channel))?.receive === true;
      const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
      const content = receives ? text(bodies!.content) : null;
      return { proof, leaf: text(leaf!), content, author: text(bodies!.author) };
    });
  }

  private async state(
    tx: Tx,
    channel: string,
    state: SubmissionRow['state'],
    logIndex: number | null,
  ): Promise<keyof typeof SubmissionState> {
    if (logIndex === null) return state === 'received' ? 'RECEIVED' : 'DECIDED';
    return (await this.feeds.isPublished(tx, channel, logIndex)) ? 'PUBLISHED' : 'SEQUENCED';
  }

  private openCursor(scope: CursorScope, cursor: string): number {
    const [line] = this.cursors.open(scope, cursor) ?? [];
    if (typeof line === 'number') return line;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

const FIND = `
  SELECT s.jti, c.name AS channel, s.state, s.entry_count AS count, encode(s.payload_digest, 'hex') AS digest,
         s.received_at AS "receivedAt", s.deadline, s.counter::float8 AS counter, s.promise,
         s.log_index::float8 AS "logIndex", s.content_body AS content
    FROM cairn.submission s JOIN cairn.channel c ON c.id = s.channel_id
   WHERE s.member_id = $1 AND s.jti = $2`;

interface OutcomeRow {
  line: number;
  verdict: number;
  code: number;
  /** Null for an erased entry. */
  effect: number | null;
  /** Whether the statement's effects are settled. */
  projected: boolean;
}

const OUTCOMES = `
  SELECT o.line, o.verdict, o.code, o.effect, p.size > $2 AS projected
    FROM (SELECT e.line, e.verdict, e.code, e.effect FROM cairn.entry e
           WHERE e.member_id = $1 AND e.log_index = $2 AND e.line >= $3
          UNION ALL
          SELECT g.line, g.verdict, g.code, NULL FROM cairn.erased_line g
           WHERE g.member_id = $1 AND g.log_index = $2 AND g.line >= $3 AND g.erased_index IS NOT NULL) o, cairn.projection p
   ORDER BY o.line LIMIT $4`;

function toOutcome({ line, verdict, code, effect, projected }: OutcomeRow): EntryOutcome {
  return {
    line,
    outcome: VERDICTS[verdict]!.toUpperCase() as keyof typeof EntryDecision,
    code: DECISION_CODES[code - 1] ?? null,
    effect: effect === null ? 'erased' : projected ? EFFECTS[effect]! : null,
  };
}

function countsOf(content: Buffer | null): Pick<SubmissionView, 'accepted' | 'held' | 'rejected'> {
  if (content === null) return { accepted: null, held: null, rejected: null };
  const { accepted, held, rejected } = decodeContent(content);
  return { accepted, held, rejected };
}
