import { Inject, Injectable } from '@nestjs/common';
import { KeyLifecycle, KeyRegistrations, KeySets, type PersonStanding } from '#libs/membership';
import type { ActRefused } from '../graphql/act-refused.types.js';
import { KeyDesk } from './key-desk.js';
import { fingerprintFault, keyFault, readSince } from './keys-input.js';
import type {
  ApproveKeySetInput,
  ConfirmKeyInput,
  MemberKeyInput,
  RevokeMemberKeyInput,
} from './keys.input.js';
import type { KeyActed, KeySetActed } from './keys.types.js';

/** What staff do with keys of members. */
@Injectable()
export class StaffKeysService {
  constructor(
    @Inject(KeyDesk) private readonly desk: KeyDesk,
    @Inject(KeyRegistrations) private readonly registrations: KeyRegistrations,
    @Inject(KeyLifecycle) private readonly lifecycle: KeyLifecycle,
    @Inject(KeySets) private readonly sets: KeySets,
  ) {}

  async confirm(
    person: PersonStanding,
    { member, key, fingerprint }: ConfirmKeyInput,
  ): Promise<KeyActed | ActRefused> {
    const fault =
      keyFault(key) ?? fingerprintFault(fingerprint) ?? (await this.desk.stakeFault(person, member));
    return this.desk.actOnKey(person, { member, key }, fault, () =>
      this.registrations.confirm(person.id, { member, key, fingerprint }),
    );
  }

  async withdraw(person: PersonStanding, { member, key }: MemberKeyInput): Promise<KeyActed | ActRefused> {
    const fault = keyFault(key) ?? (await this.desk.memberFault(person, member));
    return this.desk.actOnKey(person, { member, key }, fault, () =>
      this.registrations.withdraw(`person:${person.id}`, { member, key }),
    );
  }

  async approveSet(
    person: PersonStanding,
    { member, url }: ApproveKeySetInput,
  ): Promise<KeySetActed | ActRefused> {
    const fault = await this.desk.stakeFault(person, member);
    return this.desk.actOnKeySet(person, member, fault, () => this.sets.approve(person.id, member, url));
  }

  async revoke(
    person: PersonStanding,
    { member, key, reason, since: text = null }: RevokeMemberKeyInput,
  ): Promise<KeyActed | ActRefused> {
    const since = readSince(text);
    const fault =
      keyFault(key) ?? (since.ok ? null : since.fault) ?? (await this.desk.memberFault(person, member));
    return this.desk.actOnKey(person, { member, key }, fault, () =>
      this.lifecycle.revoke(`person:${person.id}`, {
        member,
        key,
        reason,
        since: since.ok ? since.value : null,
      }),
    );
  }
}
