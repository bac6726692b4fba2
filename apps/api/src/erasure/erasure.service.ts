import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors } from '#libs/access';
import { canonicalJson, type ApplicationResult, type PersonStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import { Erasures, findErasure, listErasures, type StoredErasure } from '#libs/provenance';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { ApiError } from '../graphql/api-error.js';
import { notFound, type NotFound } from '../graphql/failure.types.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import type { ErasureConfirmationInput, ErasureRequestInput } from './erasure.input.js';
import type { Erasure } from './erasure.types.js';

const MOST = 200;
type Acted = Promise<Erasure | ActRefused>;

/** Erasures, asked for and confirmed by people of staff. */
@Injectable()
export class ErasureService {
  constructor(
    @Inject(Erasures) private readonly erasures: Erasures,
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  async request({ id }: PersonStanding, input: ErasureRequestInput): Acted {
    return toResult(await this.erasures.request(id, input));
  }

  async confirm({ id }: PersonStanding, { erasure, digest }: ErasureConfirmationInput): Acted {
    const number = readId(erasure);
    if (number === null) return unknown();
    return toResult(await this.erasures.confirm(id, number, digest));
  }

  async withdraw({ id }: PersonStanding, erasure: string): Acted {
    const number = readId(erasure);
    if (number === null) return unknown();
    return toResult(await this.erasures.withdraw(id, number));
  }

  async find({ id }: PersonStanding, erasure: string): Promise<Erasure | NotFound> {
    const number = readId(erasure);
    if (number === null) return notFound();
    const found = await this.database.read('find-erasure', `person:${id}`, (tx) => findErasure(tx, number));
    return found === null ? notFound() : toErasure(found);
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list({ id }: PersonStanding, first: number, after: string | null): Promise<Connection<Erasure>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: 'erasures' };
    const before = after === null ? null : this.cursors.open(scope, after)?.[0];
    if (before !== null && typeof before !== 'number') {
      throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
    }
    const found = await this.database.read('list-erasures', `person:${id}`, (tx) =>
      listErasures(tx, { first: first + 1, before }),
    );
    return toConnection(found.map(toErasure), first, (one) => this.cursors.seal(scope, [Number(one.id)]));
  }
}

function readId(text: string): number | null {
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : null;
}

function unknown(): ActRefused {
  return actRefused({ ok: false, code: 'NOT_FOUND', field: 'erasure', rule: 'is not known' });
}

function toResult(result: ApplicationResult<{ erasure: StoredErasure }>): Erasure | ActRefused {
  return result.ok ? toErasure(result.erasure) : actRefused(result);
}

function toErasure({ document, digest, confirmedBy, ...progress }: StoredErasure): Erasure {
  const { id, reason, justification, lines, requestedBy, requestedAt } = document;
  return {
    ...{ __typename: 'Erasure', id: String(id), reason, justification, lines },
    ...{ requestedBy: String(requestedBy), requestedAt: new Date(requestedAt) },
    ...{ document: canonicalJson(document), digest },
    ...{ confirmedBy: confirmedBy === null ? null : String(confirmedBy), ...progress },
  };
}
