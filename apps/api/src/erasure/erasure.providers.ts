import type { Provider } from '@nestjs/common';
import { Database } from '#libs/platform';
import { Erasures } from '#libs/provenance';
import { ErasureService } from './erasure.service.js';

/** What erasures are made of. */
export const ERASURE_PARTS: Provider[] = [
  { provide: Erasures, inject: [Database], useFactory: (database: Database) => new Erasures(database) },
  ErasureService,
];
