import { Inject, Injectable } from '@nestjs/common';
import { channelsOf, KEY_STANDS, type MemberStanding } from '#libs/membership';
import { Database } from '#libs/platform';
import type { MyChannel, MyKey } from './me.types.js';

/** What a member is told about itself. */
@Injectable()
export class MeService {
  constructor(@Inject(Database) private readonly database: Database) {}

  channels({ id }: MemberStanding): Promise<MyChannel[]> {
    return this.database.read('list-own-channels', `member:${id}`, (tx) => channelsOf(tx, id));
  }

  keys({ id }: MemberStanding): Promise<MyKey[]> {
    return this.database.read('list-own-keys', `member:${id}`, (tx) =>
      tx.query<MyKey>(
        `SELECT k.thumbprint, k.purpose, ${KEY_STANDS} AS active
           FROM cairn.member_key k WHERE k.member_id = $1 AND k.state <> 'withdrawn' ORDER BY k.id`,
        [id],
      ),
    );
  }
}
