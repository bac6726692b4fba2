import { Inject, Injectable } from '@nestjs/common';
import { channelsOf, type MemberStanding } from '#libs/membership';
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
        `SELECT thumbprint, purpose, (added_index IS NOT NULL AND revoked_index IS NULL) AS active
           FROM cairn.member_key WHERE member_id = $1 ORDER BY id`,
        [id],
      ),
    );
  }
}
