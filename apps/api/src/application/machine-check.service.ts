import { Inject, Injectable } from '@nestjs/common';
import {
  CheckRequests,
  DomainChallenges,
  findRelated,
  listOutbox,
  machineChecks,
  type PersonStanding,
} from '#libs/membership';
import { CONFIG, Database, type Config, type Tx } from '#libs/platform';
import { actRefused, type ActRefused } from '../graphql/act-refused.types.js';
import { RateLimit } from '../http/rate-limit.js';
import { codeFault, idFault } from './application-input.js';
import { acted } from './application-results.js';
import type {
  ApplicationMachineChecks,
  ApplicationOutbox,
  DomainChallenge,
  RelatedOrganisations,
} from './machine-check.types.js';
import type { ApplicationActed } from './own-application.types.js';
import { StaffDesk } from './staff-desk.js';

const MOST_MESSAGES = 100;
const HOUR_MS = 3_600_000;
/** How often an applicant may have the hub look anew: each time it asks servers that the applicant names. */
const MOST_ASKED = 20;

/** The checks of applicants that workers make, for applicants and for staff. */
@Injectable()
export class MachineCheckService {
  private readonly asked = new RateLimit(MOST_ASKED, HOUR_MS);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(CONFIG) private readonly config: Config,
    @Inject(StaffDesk) private readonly desk: StaffDesk,
    @Inject(DomainChallenges) private readonly challenges: DomainChallenges,
    @Inject(CheckRequests) private readonly requests: CheckRequests,
  ) {}

  async challenge(application: string): Promise<DomainChallenge | ActRefused> {
    const shown = await this.challenges.show(application);
    if (!shown.ok) return actRefused(shown);
    const { token, path, url } = shown;
    return { __typename: 'DomainChallenge', path, token, url };
  }

  async ownChecks(application: string): Promise<ApplicationMachineChecks> {
    const checks = await this.database.read('read-own-checks', `applicant:${application}`, (tx) =>
      machineChecks(tx, application),
    );
    return { __typename: 'ApplicationMachineChecks', checks };
  }

  async tryAgain(application: string, code: string): Promise<ApplicationActed | ActRefused> {
    const fault = codeFault(code, 'code');
    if (fault !== null) return fault;
    if (!this.asked.allows(application)) {
      const rule = `must be asked for at most ${MOST_ASKED} times in an hour`;
      return actRefused({ ok: false, code: 'NOT_ALLOWED', field: 'code', rule });
    }
    return acted(application, await this.requests.tryNow(application, code));
  }

  async checks(person: PersonStanding, application: string): Promise<ApplicationMachineChecks | null> {
    const checks = await this.read(person, application, (tx) => machineChecks(tx, application));
    return checks && { __typename: 'ApplicationMachineChecks', checks };
  }

  again(person: PersonStanding, application: string, code: string): Promise<ApplicationActed | ActRefused> {
    return this.desk.act(person, application, codeFault(code, 'code'), () =>
      this.requests.again(person.id, application, code),
    );
  }

  /** A link that works is shown to nobody when the hub sends it, and never to who administers the organisation that is to prove itself. */
  async outbox(person: PersonStanding, application: string): Promise<ApplicationOutbox | null> {
    const sentByHub = this.config.smtpUrl !== undefined;
    const hidden = sentByHub || (await this.desk.refusal(person, application)) !== null;
    const messages = await this.read(person, application, (tx) =>
      listOutbox(tx, application, { first: MOST_MESSAGES }),
    );
    if (messages === null) return null;
    const shown = messages.map((message) => ({ ...message, body: hidden ? null : message.body }));
    return { __typename: 'ApplicationOutbox', sentByHub, messages: shown };
  }

  async related(person: PersonStanding, application: string): Promise<RelatedOrganisations | null> {
    const organisations = await this.read(person, application, (tx) => findRelated(tx, application));
    return organisations && { __typename: 'RelatedOrganisations', organisations };
  }

  /** Null when there is no application of that id. */
  private async read<T>(
    { id }: PersonStanding,
    application: string,
    work: (tx: Tx) => Promise<T>,
  ): Promise<T | null> {
    if (idFault(application) !== null) return null;
    return this.database.read('read-application-checks', `person:${id}`, async (tx) => {
      const [known] = await tx.query('SELECT 1 FROM cairn.application WHERE id = $1', [application]);
      return known === undefined ? null : work(tx);
    });
  }
}
