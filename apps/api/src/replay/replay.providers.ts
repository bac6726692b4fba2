import type { Provider } from '@nestjs/common';
import { ReplayTickets } from '#libs/access';
import { CONFIG, Database, type Config } from '#libs/platform';
import { EvidenceReader, StateReader } from '#libs/provenance';
import { HUB_KEYS, type HubKeys } from '../hub-keys.js';
import { ReplayService } from './replay.service.js';

/** What gives out what stands behind the log. */
export const REPLAY_PARTS: Provider[] = [
  {
    provide: ReplayTickets,
    inject: [HUB_KEYS],
    useFactory: ({ tickets }: HubKeys) => new ReplayTickets(tickets),
  },
  {
    provide: EvidenceReader,
    inject: [Database, CONFIG],
    useFactory: (database: Database, { origin }: Config) => new EvidenceReader(database, origin),
  },
  {
    provide: StateReader,
    inject: [Database],
    useFactory: (database: Database) => new StateReader(database),
  },
  ReplayService,
];
