import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, TICKET_SECONDS, type CursorScope } from '#libs/access';
import { accessHorizon, FeedReader, listExposure, RecordFinder, type RecordHistory } from '#libs/feed';
import type { PersonStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import type { SignalType } from '#libs/protocol';
import { listExposedPersons, type PersonExposureFilter } from '#libs/provenance';
import { ApiError } from '../graphql/api-error.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst, toConnection } from '../graphql/page.types.js';
import { requireSignal } from '../provenance/require-signal.js';
import { toChange, toMember, toPerson } from './exposure-view.js';
import type { ExposureArgs } from './exposure.args.js';
import type { Exposure } from './exposure.types.js';
import type { PersonExposures } from './person-exposure.types.js';

const MOST = 1000;

/** Who could have received a value, as auditors read it. */
@Injectable()
export class ExposureService {
  private readonly records: RecordFinder;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(FeedReader) feeds: FeedReader,
  ) {
    this.records = new RecordFinder(feeds);
  }

  /**
   * A page of the members; null when the channel never had an entry about the value.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async members({ id }: PersonStanding, question: ExposureArgs): Promise<Exposure | null> {
    const { channel, first } = question;
    const { type, key } = requireQuestion(question);
    const scope = scopeOf(id, 'exposure', question);
    const place = this.open<[member: string, way: string]>(scope, question.after);
    const record = await this.find(channel, type, key);
    if (record === null) return null;
    const after = place === null ? null : { member: place[0], way: place[1] };
    const found = await this.database.read('list-exposure', `person:${id}`, async (tx) => ({
      horizon: await accessHorizon(tx),
      rows: await listExposure(tx, record, { channel, typeCode: type.code, first: first + 1, after }),
    }));
    // Whoever is no auditor any more is shown no row, and must not take that for an answer.
    if (found.horizon === null) throw new ApiError('FORBIDDEN', 'this field is for auditors');
    const { size, changes, wholeSince } = record;
    const horizon = wholeSince !== null && wholeSince > found.horizon ? wholeSince : found.horizon;
    const page = toConnection(found.rows, first, (row) => this.cursors.seal(scope, [row.member, row.way]));
    return {
      ...{ __typename: 'Exposure', channel, type: type.name, size, horizon },
      changes: changes.map(toChange),
      edges: page.edges.map(({ cursor, node }) => ({ cursor, node: toMember(node) })),
      pageInfo: page.pageInfo,
    };
  }

  /**
   * A page of the persons; null as `members`.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async persons({ id }: PersonStanding, question: ExposureArgs): Promise<PersonExposures | null> {
    const { channel, first } = question;
    const { type, key } = requireQuestion(question);
    const scope = scopeOf(id, 'person-exposure', question);
    const place = this.open<[micros: number, kind: string, number: number]>(scope, question.after);
    const record = await this.find(channel, type, key);
    if (record === null) return null;
    const { entries, changes } = record;
    const filter: PersonExposureFilter = {
      ...{ channel, entries, first: first + 1, ticketSeconds: TICKET_SECONDS },
      fetchable: changes[0]?.signedAt ?? null,
      after: place === null ? null : { micros: place[0], kind: place[1], number: place[2] },
    };
    const rows = await this.database.read('list-exposed-persons', `person:${id}`, (tx) =>
      listExposedPersons(tx, filter),
    );
    const page = toConnection(rows, first, (row) =>
      this.cursors.seal(scope, [row.micros, row.kind, row.number]),
    );
    const edges = page.edges.map(({ cursor, node }) => ({ cursor, node: toPerson(node) }));
    return { __typename: 'PersonExposures', edges, pageInfo: page.pageInfo };
  }

  private async find(channel: string, type: SignalType, key: Uint8Array): Promise<RecordHistory | null> {
    if (!isName(channel)) return null;
    return this.database.read('find-record', 'system:provenance', (tx) =>
      this.records.find(tx, channel, type, key),
    );
  }

  /** What was sealed for this very list; null to begin. */
  private open<Position extends unknown[]>(
    scope: CursorScope,
    cursor: string | null | undefined,
  ): Position | null {
    if (cursor === null || cursor === undefined) return null;
    const position = this.cursors.open(scope, cursor);
    if (position !== null) return position as Position;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

function requireQuestion({ type, value, first }: ExposureArgs): ReturnType<typeof requireSignal> {
  requireFirst(first, MOST);
  return requireSignal(type, value);
}

function scopeOf(person: number, list: string, { channel, type, value }: ExposureArgs): CursorScope {
  return { member: `person:${person}`, list: `${list}/${channel}/${type}/${value}` };
}
