import { Inject, Injectable } from '@nestjs/common';
import { SealedCursors, type CursorScope } from '#libs/access';
import {
  findMemberRecord,
  listMemberActs,
  listMemberRecords,
  type MemberAct as Act,
  type MemberRecord as Found,
  type PersonStanding,
} from '#libs/membership';
import { Database } from '#libs/platform';
import type { MemberStatus } from '#libs/protocol';
import { ApiError } from '../graphql/api-error.js';
import { isName } from '../graphql/is-name.js';
import { requireFirst, toConnection, type Connection } from '../graphql/page.types.js';
import type { MemberAct, MemberRecord, MemberRights } from './member-record.types.js';

const MOST = 200;
const READERS: readonly string[] = ['vetter', 'approver', 'auditor'];

/** Members as staff see them. */
@Injectable()
export class MemberRecordsService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SealedCursors) private readonly cursors: SealedCursors,
  ) {}

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async list(
    { id }: PersonStanding,
    status: MemberStatus | null,
    first: number,
    after: string | null,
  ): Promise<Connection<MemberRecord>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: `members/${status ?? '*'}` };
    const from = after === null ? '' : this.open(scope, after, 'string');
    const found = await this.database.read('list-members', `person:${id}`, (tx) =>
      listMemberRecords(tx, status, { first: first + 1, after: from }),
    );
    return toConnection(found.map(toRecord), first, ({ member }) => this.cursors.seal(scope, [member]));
  }

  /** The member of that name, or null. */
  async find({ id }: PersonStanding, member: string): Promise<MemberRecord | null> {
    if (!isName(member)) return null;
    const found = await this.database.read('read-member', `person:${id}`, (tx) =>
      findMemberRecord(tx, member),
    );
    return found === null ? null : toRecord(found);
  }

  /** The rights of that member; null for one that is not the caller's, as for one that is not there. */
  async rightsOf(person: PersonStanding, member: string): Promise<MemberRights | null> {
    if (!maySee(person, member)) return null;
    const found = await this.find(person, member);
    if (found === null) return null;
    const { rights, conformance } = found;
    return { __typename: 'MemberRights', member, rights, conformance };
  }

  /** @throws ApiError `BAD_USER_INPUT`, `INVALID_CURSOR` */
  async actsOn(
    { id }: PersonStanding,
    member: string,
    first: number,
    after: string | null,
  ): Promise<Connection<MemberAct>> {
    requireFirst(first, MOST);
    const scope = { member: `person:${id}`, list: `member-acts/${member}` };
    const before = after === null ? null : this.open(scope, after, 'number');
    if (!isName(member)) return toConnection<MemberAct>([], first, () => '');
    const found = await this.database.read('list-member-acts', `person:${id}`, (tx) =>
      listMemberActs(tx, member, { first: first + 1, before }),
    );
    return toConnection(found.map(toAct), first, ({ number }) => this.cursors.seal(scope, [number]));
  }

  private open(scope: CursorScope, cursor: string, type: 'string'): string;
  private open(scope: CursorScope, cursor: string, type: 'number'): number;
  private open(scope: CursorScope, cursor: string, type: 'string' | 'number'): unknown {
    const [place] = this.cursors.open(scope, cursor) ?? [];
    if (typeof place === type) return place;
    throw new ApiError('INVALID_CURSOR', 'after does not belong to this list: begin again without it');
  }
}

/** Whether a person may see what is between a member and staff: staff of every one, an administrator of its own. */
export function maySee({ roles, member: own }: PersonStanding, member: string): boolean {
  return roles.some((role) => READERS.includes(role)) || own?.member === member;
}

/** A member as GraphQL shows it. */
export function toRecord({ waivers, ...found }: Found): MemberRecord {
  const shown = waivers.map((waiver) => ({ ...waiver, person: String(waiver.person) }));
  return { __typename: 'MemberRecord', ...found, waivers: shown };
}

function toAct({ person, waivedBy, ...act }: Act): MemberAct {
  return { ...act, person: String(person), waivedBy: waivedBy === null ? null : String(waivedBy) };
}
