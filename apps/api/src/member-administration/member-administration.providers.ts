import type { Provider } from '@nestjs/common';
import { Attestations, MemberActs } from '#libs/membership';
import { Database } from '#libs/platform';
import { AttestationService } from './attestation.service.js';
import { MemberActsService } from './member-acts.service.js';
import { MemberRecordsService } from './member-records.service.js';

/** What staff do about members is made of. */
export const MEMBER_ADMINISTRATION_PARTS: Provider[] = [
  { provide: MemberActs, inject: [Database], useFactory: (database: Database) => new MemberActs(database) },
  {
    provide: Attestations,
    inject: [Database],
    useFactory: (database: Database) => new Attestations(database),
  },
  MemberRecordsService,
  AttestationService,
  MemberActsService,
];
