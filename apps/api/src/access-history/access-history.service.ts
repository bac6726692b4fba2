import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import { listFeedAccess, type FeedAccess as StoredAccess } from '#libs/feed';
import type { PersonStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import { FeedAccessWay, type FeedAccess } from './access-history.types.js';

const MOST = 1000;

/** Whose access to which feed is asked for. */
export interface AccessQuestion {
  channel: string;
  member: string | null;
  first: number;
  after: string | null;
}

/** The access history of feeds as auditors read it. */
@Injectable()
export class AccessHistoryService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  /**
   * A page; empty for a channel or member that there is not.
   *
   * @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR`
   */
  async list(
    { id }: PersonStanding,
    { channel, member, first, after: cursor }: AccessQuestion,
  ): Promise<Connection<FeedAccess>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: `access-history/${channel}/${member ?? ''}` };
    const after = cursor === null ? 0 : this.open(scope, cursor);
    if (!isName(channel) || !(member === null || isName(member))) return toConnection([], first, String);
    const found = await this.database.read('list-feed-access', `person:${id}`, (tx) =>
      listFeedAccess(tx, { channel, member, first: first + 1, after }),
    );
    return toConnection(found.map(toView), first, ({ place }) => this.cursors.seal(scope, [place]));
  }

  private open(scope: CursorScope, cursor: string): number {
    const [id] = this.cursors.open(scope, cursor) ?? [];
    if (typeof id === 'number') return id;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

function toView({ id, way, rounds, ...access }: StoredAccess): FeedAccess & { place: number } {
  return {
    ...access,
    place: id,
    way: FeedAccessWay[way.toUpperCase() as keyof typeof FeedAccessWay],
    rounds: [...rounds],
  };
}
