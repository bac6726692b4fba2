import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors } from '#libs/access';
import { listHeadMismatches } from '#libs/intake';
import type { PersonStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import type { HeadMismatch } from './head-mismatch.types.js';

const MOST = 200;

/** Heads that members named and the log never had, as auditors read them. */
@Injectable()
export class HeadMismatchService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list({ id }: PersonStanding, first: number, after: string | null): Promise<Connection<HeadMismatch>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: 'head-mismatches' };
    const before = after === null ? null : this.cursors.open(scope, after)?.[0];
    if (before !== null && typeof before !== 'number') {
      throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
    }
    const found = await this.database.read('list-head-mismatches', `person:${id}`, (tx) =>
      listHeadMismatches(tx, { first: first + 1, before }),
    );
    return toConnection(found, first, ({ number }) => this.cursors.seal(scope, [number]));
  }
}
