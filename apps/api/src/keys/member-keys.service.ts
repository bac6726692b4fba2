import { Inject, Injectable } from '@nestjs/common';
import {
  KeyLifecycle,
  KeyRegistrations,
  KeySets,
  type AdministrationResult,
  type KeyChallenge as Challenge,
  type MemberStanding,
  type PersonStanding,
} from '#libs/membership';
import type { Actor } from '#libs/platform';
import { ApiError } from '../graphql/api-error.js';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { KeyDesk } from './key-desk.js';
import { keyFault, proofFault, readJwk, readSince } from './keys-input.js';
import type { ProveKeyInput, RegisterKeyInput, RetireKeyInput, RevokeKeyInput } from './keys.input.js';
import type { KeyActed, KeyChallenge, KeySetActed, MemberKeys } from './keys.types.js';

const STAFF = ['vetter', 'approver', 'auditor'] as const;

type Acted = Promise<KeyActed | ActRefused>;
type SetActed = Promise<KeySetActed | ActRefused>;

/** Keys of a member in the hands of those who administer it. Each act is on the caller's own member: none can be named. */
@Injectable()
export class MemberKeysService {
  constructor(
    @Inject(KeyDesk) private readonly desk: KeyDesk,
    @Inject(KeyRegistrations) private readonly registrations: KeyRegistrations,
    @Inject(KeyLifecycle) private readonly lifecycle: KeyLifecycle,
    @Inject(KeySets) private readonly sets: KeySets,
  ) {}

  /** The keys of a member; null alike for one that is not there and for one that is not the caller's. */
  async keysOf(person: PersonStanding, member: string): Promise<MemberKeys | null> {
    const mayRead = person.member?.member === member || STAFF.some((role) => person.roles.includes(role));
    return mayRead ? this.desk.keysOf(person, member) : null;
  }

  async register(
    person: PersonStanding,
    { purpose, jwk }: RegisterKeyInput,
  ): Promise<KeyChallenge | ActRefused> {
    const { member } = ownMember(person);
    const read = readJwk(jwk);
    if (!read.ok) return read.fault;
    return toChallenge(
      member,
      await this.registrations.request(actor(person), { member, purpose, jwk: read.value }),
    );
  }

  async challengeAgain(person: PersonStanding, key: string): Promise<KeyChallenge | ActRefused> {
    const { member } = ownMember(person);
    const fault = keyFault(key);
    if (fault !== null) return fault;
    return toChallenge(member, await this.registrations.challengeAgain(actor(person), { member, key }));
  }

  prove(person: PersonStanding, { key, proof, witnessProof = null }: ProveKeyInput): Acted {
    const { member } = ownMember(person);
    const fault =
      keyFault(key) ?? proofFault(proof, 'proof') ?? proofFault(witnessProof ?? '', 'witnessProof');
    return this.desk.actOnKey(person, { member, key }, fault, () =>
      this.registrations.prove(actor(person), { member, key, proof, witnessProof }),
    );
  }

  withdraw(person: PersonStanding, key: string): Acted {
    const { member } = ownMember(person);
    return this.desk.actOnKey(person, { member, key }, keyFault(key), () =>
      this.registrations.withdraw(actor(person), { member, key }),
    );
  }

  retire(person: PersonStanding, { key, overlapDays = null }: RetireKeyInput): Acted {
    const { member } = ownMember(person);
    const overlap = overlapDays === null ? {} : { overlapDays };
    return this.desk.actOnKey(person, { member, key }, keyFault(key), () =>
      this.lifecycle.retire(actor(person), { member, key, ...overlap }),
    );
  }

  async revoke(person: PersonStanding, { key, reason, since: text = null }: RevokeKeyInput): Acted {
    const { member } = ownMember(person);
    const since = readSince(text);
    const fault = keyFault(key) ?? (since.ok ? null : since.fault);
    return this.desk.actOnKey(person, { member, key }, fault, () =>
      this.lifecycle.revoke(actor(person), { member, key, reason, since: since.ok ? since.value : null }),
    );
  }

  proposeSet(person: PersonStanding, url: string): SetActed {
    const { member } = ownMember(person);
    return this.desk.actOnKeySet(person, member, null, () => this.sets.propose(person.id, member, url));
  }

  removeSet(person: PersonStanding): SetActed {
    const { member } = ownMember(person);
    return this.desk.actOnKeySet(person, member, null, () => this.sets.remove(actor(person), member));
  }

  refreshSet(person: PersonStanding): SetActed {
    const { member } = ownMember(person);
    return this.desk.actOnKeySet(person, member, null, () => this.sets.refresh(actor(person), member));
  }
}

function actor({ id }: PersonStanding): Actor {
  return `person:${id}`;
}

/** The field table lets administrators alone come here; this is for the compiler, and for a rule that would let somebody else in. */
function ownMember({ member }: PersonStanding): MemberStanding {
  if (member !== null) return member;
  throw new ApiError('FORBIDDEN', 'this field needs an administrator of a member');
}

function toChallenge(
  member: string,
  result: AdministrationResult<{ challenge: Challenge }>,
): KeyChallenge | ActRefused {
  if (!result.ok) return actRefused(result);
  return { __typename: 'KeyChallenge', member, ...result.challenge };
}
