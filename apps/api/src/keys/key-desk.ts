import {
  findKeySet,
  readMemberKeys,
  type AdministrationFailure,
  type AdministrationResult,
  type KeySetStanding,
  type PersonStanding,
} from '#libs/membership';
import type { Database } from '#libs/platform';
import { isOwn } from '../application/application-view.js';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { isMemberName } from './keys-input.js';
import type { KeyActed, MemberKeys, MemberKeySet, KeySetActed } from './keys.types.js';

const NO_MEMBER: AdministrationFailure = {
  ok: false,
  code: 'NOT_FOUND',
  field: 'member',
  rule: 'is not a member of this hub',
};
const OWN: AdministrationFailure = {
  ok: false,
  code: 'NOT_ALLOWED',
  field: 'person',
  rule: 'must not administer the organisation that is acted on, nor one under the same control',
};

/** Keys of members as people see them, and what stands between people and acts on them. */
export class KeyDesk {
  constructor(private readonly database: Database) {}

  /** The keys of a member, or null when there is none of that name. Whether the person may see it is asked before. */
  async keysOf({ id }: PersonStanding, member: string): Promise<MemberKeys | null> {
    if (!isMemberName(member)) return null;
    return this.database.read('read-member-keys', `person:${id}`, async (tx) => {
      const known = await tx.query('SELECT 1 FROM cairn.member WHERE handle = $1', [member]);
      if (known.length === 0) return null;
      const keySet = await findKeySet(tx, member);
      return {
        __typename: 'MemberKeys',
        member,
        keys: await readMemberKeys(tx, member),
        keySet: keySet === null ? null : toKeySet(keySet),
      };
    });
  }

  /** Does an act on a key, unless a given fault forbids it. */
  async actOnKey(
    person: PersonStanding,
    { member, key }: { member: string; key: string },
    fault: ActRefused | null,
    work: () => Promise<AdministrationResult>,
  ): Promise<KeyActed | ActRefused> {
    if (fault !== null) return fault;
    const done = await work();
    if (!done.ok) return actRefused(done);
    const keys = (await this.keysOf(person, member))!.keys;
    // Newest first: a key that was withdrawn and uploaded again is the later one.
    return { __typename: 'KeyActed', member, key: keys.find(({ thumbprint }) => thumbprint === key)! };
  }

  /** Does an act on the JWK Set of a member, unless a given fault forbids it. */
  async actOnKeySet(
    person: PersonStanding,
    member: string,
    fault: ActRefused | null,
    work: () => Promise<AdministrationResult>,
  ): Promise<KeySetActed | ActRefused> {
    if (fault !== null) return fault;
    const done = await work();
    if (!done.ok) return actRefused(done);
    return { __typename: 'KeySetActed', member, keySet: (await this.keysOf(person, member))!.keySet! };
  }

  /** Why there is nothing of that name for staff to act on, or null. */
  async memberFault(person: PersonStanding, member: string): Promise<ActRefused | null> {
    return (await this.findMember(person, member)) === null ? actRefused(NO_MEMBER) : null;
  }

  /** The same, and the rule that nobody confirms or approves for an organisation in which they have a stake. */
  async stakeFault(person: PersonStanding, member: string): Promise<ActRefused | null> {
    const found = await this.findMember(person, member);
    if (found === null) return actRefused(NO_MEMBER);
    return isOwn(person, found.id, found.group) ? actRefused(OWN) : null;
  }

  private async findMember(
    { id }: PersonStanding,
    member: string,
  ): Promise<{ id: number; group: string } | null> {
    if (!isMemberName(member)) return null;
    const [found] = await this.database.read('find-member', `person:${id}`, (tx) =>
      tx.query<{ id: number; group: string }>(
        'SELECT id, control_group AS "group" FROM cairn.member WHERE handle = $1',
        [member],
      ),
    );
    return found ?? null;
  }
}

function toKeySet({ url, nextUrl, fetchedAt, attemptedAt, failure }: KeySetStanding): MemberKeySet {
  return { url, proposedUrl: nextUrl, fetchedAt, attemptedAt, failure };
}
