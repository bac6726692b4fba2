import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import { provenanceOrigin } from '#libs/ledger';
import type { PersonStanding } from '#libs/membership';
import { CONFIG, Database, type Config } from '#libs/platform';
import { listAuditEvents, readAuditStatement } from '#libs/provenance';
import { ApiError } from '../graphql/api-error.js';
import { requireFirst, toConnection } from '../graphql/page.types.js';
import type { AuditEventConnection } from './audit-event.types.js';

const MOST = 1000;

/** The audit trail as auditors read it. */
@Injectable()
export class AuditEventService {
  private readonly logOrigin: string;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
    @Inject(CONFIG) { origin }: Config,
  ) {
    this.logOrigin = provenanceOrigin(origin);
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list({ id }: PersonStanding, first: number, cursor: string | null): Promise<AuditEventConnection> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: 'audit-events' };
    const after = cursor === null ? 0 : this.open(scope, cursor);
    return this.database.read('list-audit-events', `person:${id}`, async (tx) => {
      const found = await listAuditEvents(tx, { first: first + 1, after });
      const statement = await readAuditStatement(tx, this.logOrigin);
      const page = toConnection(found, first, ({ number }) => this.cursors.seal(scope, [number]));
      return { ...page, statement };
    });
  }

  private open(scope: CursorScope, cursor: string): number {
    const [number] = this.cursors.open(scope, cursor) ?? [];
    if (typeof number === 'number') return number;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}
