import type { Provider } from '@nestjs/common';
import { KeyLifecycle, KeyRegistrations, KeySets } from '#libs/membership';
import { CONFIG, Database, OutgoingClient, type Config } from '#libs/platform';
import { KeyDesk } from './key-desk.js';
import { MemberKeysService } from './member-keys.service.js';
import { StaffKeysService } from './staff-keys.service.js';

/** What people's acts on keys are made of. */
export const KEYS_PARTS: Provider[] = [
  ...[KeyDesk, KeyLifecycle].map((part) => ({
    provide: part,
    inject: [Database],
    useFactory: (database: Database) => new part(database),
  })),
  {
    provide: KeyRegistrations,
    inject: [Database, CONFIG],
    useFactory: (database: Database, { origin }: Config) => new KeyRegistrations(database, origin),
  },
  {
    provide: KeySets,
    inject: [Database, CONFIG],
    useFactory: (database: Database, { outgoingLoopback }: Config) =>
      new KeySets(database, new OutgoingClient({ allowLoopback: outgoingLoopback })),
  },
  ...[MemberKeysService, StaffKeysService],
];
