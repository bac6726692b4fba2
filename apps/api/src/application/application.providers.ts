import type { Provider } from '@nestjs/common';
import {
  AdmissionPolicies,
  Agreements,
  ApplicationDocuments,
  ApplicationReview,
  Applications,
  CheckRequests,
  Decisions,
  DomainChallenges,
  Endorsements,
  MailboxLinks,
  MemberPath,
  Objections,
} from '#libs/membership';
import { CONFIG, Database, type Config } from '#libs/platform';
import { ApplicantRequests } from '../http/applicant-requests.js';
import { ApplicantService } from './applicant.service.js';
import { DecisionService } from './decision.service.js';
import { EndorserService } from './endorser.service.js';
import { MachineCheckService } from './machine-check.service.js';
import { ReviewService } from './review.service.js';
import { StaffDesk } from './staff-desk.js';

/** What works on the database alone. */
const DOORS = [
  ApplicantRequests,
  Applications,
  ApplicationDocuments,
  ApplicationReview,
  Agreements,
  AdmissionPolicies,
  Objections,
  Decisions,
  MemberPath,
  StaffDesk,
  DomainChallenges,
  CheckRequests,
  MailboxLinks,
];

/** What applications are made of. */
export const APPLICATION_PARTS: Provider[] = [
  ...DOORS.map((part) => ({
    provide: part,
    inject: [Database],
    useFactory: (database: Database) => new part(database),
  })),
  {
    provide: Endorsements,
    inject: [Database, CONFIG],
    useFactory: (database: Database, { origin }: Config) => new Endorsements(database, origin),
  },
  ...[ApplicantService, EndorserService, ReviewService, DecisionService, MachineCheckService],
];
