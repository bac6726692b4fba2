import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import { provenanceOrigin, readProofTexts } from '#libs/ledger';
import type { PersonStanding } from '#libs/membership';
import { CONFIG, Database, type Actor, type Config } from '#libs/platform';
import type { ShownDecision } from '#libs/protocol';
import {
  DecisionProver,
  listAuthorshipReads,
  readSignalHistory,
  type AuthorshipRead as Read,
  type DecidedPlace,
  type HistoryCursor,
  type HistoryEvent,
} from '#libs/provenance';
import { ApiError } from '../graphql/api-error.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { loaderOf, requireMember, type RequestContext } from '../graphql/request-context.js';
import type { EntryDecision } from '../submission/submission.types.js';
import type { AuthorshipRead, DecisionProof } from './provenance.types.js';
import { requirePurpose } from './require-purpose.js';
import { requireSignal } from './require-signal.js';

const MOST = 200;

/** What is asked about a signal. */
export interface ProvenanceQuestion {
  type: string;
  value: string;
  channel: string;
  purpose: string | null;
  first: number;
  after: string | null;
}

/** An event as resolvers pass it on; what proves it is read when it is asked for. */
export interface EventView extends Omit<HistoryEvent, 'verdict'> {
  verdict: keyof typeof EntryDecision | null;
}

/** A page of a history as resolvers pass it on. */
export interface ProvenanceView extends Connection<EventView> {
  __typename: 'Provenance';
  channel: string;
  type: string;
  size: number;
  latest: number;
}

/** Histories of signals, for members who receive the channel and for staff. */
@Injectable()
export class ProvenanceService {
  private readonly logOrigin: string;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(DecisionProver) private readonly decisions: DecisionProver,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.logOrigin = provenanceOrigin(origin);
  }

  /**
   * A page of the history; null when there is none, or when it is not for the caller.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async history(context: RequestContext, question: ProvenanceQuestion): Promise<ProvenanceView | null> {
    const { channel, type, value, first } = question;
    requireFirst(first, MOST);
    const actor = actorOf(context);
    const signal = requireSignal(type, value);
    const purpose = requirePurpose(context.caller, question.purpose);
    const scope = { member: actor, list: `provenance/${channel}/${type}/${value}` };
    const after = question.after === null ? null : this.open(scope, question.after);
    if (!isName(channel)) return null;
    const found = await this.database.transaction(
      'read-provenance',
      actor,
      (tx) =>
        readSignalHistory(tx, this.logOrigin, {
          channel,
          type: signal.type.code,
          key: signal.key,
          purpose,
          first,
          after,
        }),
      { isolation: 'REPEATABLE READ' },
    );
    if (found === null) return null;
    const { events, size, latest, more } = found;
    const { edges, pageInfo } = toConnection(events.map(toView), first, ({ index, line }) =>
      this.cursors.seal(scope, [index, line ?? -1]),
    );
    return {
      __typename: 'Provenance',
      channel,
      type,
      size,
      latest,
      edges,
      pageInfo: { ...pageInfo, hasNextPage: more },
    };
  }

  /** The proofs of a page are read together. */
  proof(context: RequestContext, { index }: EventView): Promise<string | null> {
    const loader = loaderOf<number, string | null>(context, this, (indexes) =>
      this.database.read('prove-provenance', actorOf(context), async (tx) => {
        const proofs = await readProofTexts(tx, this.logOrigin, indexes);
        return indexes.map((one) => proofs.get(one) ?? null);
      }),
    );
    return loader.load(index);
  }

  /** What proves the decision about an entry; the whole page is read together. An event stands here only if the caller may have its history. */
  async decision(context: RequestContext, { index, line }: EventView): Promise<DecisionProof | null> {
    if (line === null) return null;
    const loader = loaderOf<DecidedPlace, ShownDecision>(context, this.decisions, (places) =>
      this.decisions.prove(places),
    );
    const { content, decision } = await loader.load({ index, line });
    return { content, ...decision };
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async authorshipReads(
    { id }: PersonStanding,
    first: number,
    after: string | null,
  ): Promise<Connection<AuthorshipRead>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: 'authorship-reads' };
    const before = after === null ? null : this.open(scope, after).index;
    const found = await this.database.read('list-authorship-reads', `person:${id}`, (tx) =>
      listAuthorshipReads(tx, { first: first + 1, before }),
    );
    return toConnection(found.map(toRead), first, ({ number }) => this.cursors.seal(scope, [number, 0]));
  }

  private open(scope: CursorScope, cursor: string): HistoryCursor {
    const [index, line] = this.cursors.open(scope, cursor) ?? [];
    if (typeof index === 'number' && typeof line === 'number') return { index, line };
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

function actorOf(context: RequestContext): Actor {
  const { caller } = context;
  return caller.role === 'person' ? `person:${caller.person.id}` : `member:${requireMember(context).id}`;
}

function toView({ verdict, ...event }: HistoryEvent): EventView {
  return { ...event, verdict: (verdict?.toUpperCase() as keyof typeof EntryDecision | undefined) ?? null };
}

function toRead({ person, ...read }: Read): AuthorshipRead {
  return { ...read, person: String(person) };
}
