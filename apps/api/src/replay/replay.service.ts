import { Inject, Injectable } from '@nestjs/common';
import { ReplayTickets, SealedCursors, type Caller, type ReplayReader } from '#libs/access';
import type { PersonStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import { EvidenceReader, listEvidenceReads, StateReader } from '#libs/provenance';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { ApiError } from '../graphql/api-error.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { requirePurpose } from '../provenance/require-purpose.js';
import type { EvidenceRead, ReplayTicket, StatedLog } from './replay.types.js';

const MOST = 200;

/** Tickets for whoever replays the log, and who used theirs for what. */
@Injectable()
export class ReplayService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(EvidenceReader) private readonly evidence: EvidenceReader,
    @Inject(StateReader) private readonly logStates: StateReader,
    @Inject(ReplayTickets) private readonly tickets: ReplayTickets,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  /** @throws ApiError `BAD_USER_INPUT`, `UNAUTHENTICATED` */
  async ticket(caller: Caller, purpose: string | null): Promise<ReplayTicket | ActRefused> {
    const reader = await this.readerOf(caller, requirePurpose(caller, purpose));
    if (reader === null) {
      const rule = 'must say why: that a person reads lines and authors is recorded';
      return actRefused({ ok: false, code: 'NOT_ALLOWED', field: 'purpose', rule });
    }
    const { ticket, expiresAt } = this.tickets.issue(reader, Date.now());
    return { __typename: 'ReplayTicket', prefix: `/replay/${ticket}`, expiresAt };
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async reads(
    { id }: PersonStanding,
    first: number,
    after: string | null,
  ): Promise<Connection<EvidenceRead>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: 'evidence-reads' };
    const before = after === null ? null : this.cursors.open(scope, after)?.[0];
    if (before !== null && typeof before !== 'number') {
      throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
    }
    const found = await this.database.read('list-evidence-reads', `person:${id}`, (tx) =>
      listEvidenceReads(tx, { first: first + 1, before }),
    );
    const views = found.map(({ person, ...read }) => ({ ...read, person: String(person) }));
    return toConnection(views, first, ({ number }) => this.cursors.seal(scope, [number]));
  }

  /** @throws ApiError `BAD_USER_INPUT` */
  async states(first: number): Promise<StatedLog[]> {
    requireFirst(first, MOST);
    return this.logStates.list(first);
  }

  private async readerOf(caller: Caller, purpose: string | null): Promise<ReplayReader | null> {
    if (caller.role === 'member') return { kind: 'member', id: caller.member.id };
    if (caller.role !== 'person')
      throw new ApiError('UNAUTHENTICATED', 'this field needs an access token or a login');
    if (purpose === null) return null;
    const { id } = caller.person;
    const grant = await this.evidence.grant(id, purpose);
    return grant === null ? null : { kind: 'person', id, grant };
  }
}
