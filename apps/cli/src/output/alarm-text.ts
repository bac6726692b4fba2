import type { HashStore } from '#libs/client';
import type { CliIo } from '../cli-io.js';
import { time } from './text.js';

/** Says on standard error which feeds of a store are not updated, and why. What they hold is used all the same. */
export function warnOfAlarms({ feeds }: HashStore, io: CliIo): void {
  for (const { feed, alarm, updatedAt } of feeds) {
    if (alarm === null) continue;
    io.writeError(
      `WARNING: ${feed} is not updated since ${time(alarm.since)} (its records are of ${time(updatedAt)}): ${alarm.reason} (${alarm.code})\n`,
    );
  }
}
