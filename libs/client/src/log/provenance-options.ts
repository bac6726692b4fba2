import type { TlogPolicy } from '#libs/tlog';
import type { StaticLog } from './static-log.js';

/** Where the provenance log is read, and where what was verified of it is kept. */
export interface ProvenanceOptions {
  readonly policy: TlogPolicy;
  /** The hub's name. */
  readonly origin: string;
  readonly log: StaticLog;
  /** Directory for the last head and the hub's statement. */
  readonly directory: string;
}
