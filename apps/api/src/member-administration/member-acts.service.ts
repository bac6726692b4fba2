import { Inject, Injectable } from '@nestjs/common';
import { MemberActs, type ApplicationResult, type PersonStanding } from '#libs/membership';
import { badInput } from '../application/application-input.js';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { isName } from '../graphql/is-name.js';
import { MOMENT_RULE, readMoment } from '../graphql/read-moment.js';
import type {
  AccreditationInput,
  ConformanceWaiverInput,
  MemberControlGroupInput,
  MemberRightInput,
  RecallInput,
} from './member-act.input.js';
import type { MemberRecord } from './member-record.types.js';
import { MemberRecordsService } from './member-records.service.js';

type Acted = Promise<MemberRecord | ActRefused>;

/** Acts of approvers on members. */
@Injectable()
export class MemberActsService {
  constructor(
    @Inject(MemberActs) private readonly acts: MemberActs,
    @Inject(MemberRecordsService) private readonly records: MemberRecordsService,
  ) {}

  setRight(person: PersonStanding, { member, channel, ...right }: MemberRightInput): Acted {
    return this.act(person, member, nameFault('channel', channel), () =>
      this.acts.setRight(person.id, member, channel, right),
    );
  }

  waiveConformance(person: PersonStanding, input: ConformanceWaiverInput): Acted {
    const { member, channel = null, reason } = input;
    const moment = readMoment(input.until);
    const fault =
      (channel === null ? null : nameFault('channel', channel)) ??
      (moment === null ? badInput('until', MOMENT_RULE) : null);
    return this.act(person, member, fault, () =>
      this.acts.waiveConformance(person.id, member, { channel, reason, until: moment! }),
    );
  }

  setAccreditation(person: PersonStanding, { member, accredited, reason }: AccreditationInput): Acted {
    return this.act(person, member, null, () =>
      this.acts.setAccreditation(person.id, member, accredited, reason),
    );
  }

  setControlGroup(person: PersonStanding, { member, group, reason }: MemberControlGroupInput): Acted {
    return this.act(person, member, nameFault('group', group), () =>
      this.acts.setControlGroup(person.id, member, group, reason),
    );
  }

  recall(person: PersonStanding, { member, from, reason }: RecallInput): Acted {
    return this.act(person, member, null, () => this.acts.recall(person.id, member, from, reason));
  }

  /** Does an act, and shows the member as it stands after it. */
  private async act(
    person: PersonStanding,
    member: string,
    fault: ActRefused | null,
    work: () => Promise<ApplicationResult>,
  ): Acted {
    const refusal = nameFault('member', member) ?? fault;
    if (refusal !== null) return refusal;
    const done = await work();
    return done.ok ? (await this.records.find(person, member))! : actRefused(done);
  }
}

function nameFault(field: string, name: string): ActRefused | null {
  return isName(name) ? null : badInput(field, 'must be a name of a-z, 0-9 and hyphens');
}
