import type { Provider } from '@nestjs/common';
import { CONFIG, Database, type Config } from '#libs/platform';
import { DecisionProver, EntryProver } from '#libs/provenance';
import { HUB_KEYS, type HubKeys } from '../hub-keys.js';
import { EntryProofService } from './entry-proof.service.js';

/** What proves where entries came from, and what was decided about them. */
export const PROVENANCE_PARTS: Provider[] = [
  {
    provide: EntryProver,
    inject: [Database, CONFIG, HUB_KEYS],
    useFactory: (database: Database, { origin }: Config, { promise }: HubKeys) =>
      new EntryProver(database, { origin, promiseKey: promise }),
  },
  {
    provide: DecisionProver,
    inject: [Database],
    useFactory: (database: Database) => new DecisionProver(database),
  },
  EntryProofService,
];
