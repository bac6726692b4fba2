import { join } from 'node:path';
import type { ClientError } from '../client-error.js';
import { durableFiles, replaceDurably } from '../files/durable-files.js';
import { readJsonFile } from '../files/read-file.js';

/** Why a feed is not updated at the moment. */
export interface StoredAlarm {
  /** Code of the error. */
  readonly code: string;
  readonly reason: string;
  /** When it was raised first, Unix milliseconds. */
  readonly since: number;
}

/** Notes in a feed's directory why it is not updated, for whoever looks values up in it. */
export async function raiseAlarm(directory: string, { code, subject, reason }: ClientError): Promise<void> {
  const before = await readAlarm(directory);
  const since = before?.since ?? Date.now();
  const text = `${JSON.stringify({ code, reason: `${subject}: ${reason}`, since })}\n`;
  await replaceDurably(durableFiles, alarmFile(directory), text);
}

/** The feed is updated again. */
export function clearAlarm(directory: string): Promise<void> {
  return durableFiles.remove(alarmFile(directory));
}

/** The alarm that is raised in a feed's directory, or null. One that cannot be read is no reason not to look values up. */
export async function readAlarm(directory: string): Promise<StoredAlarm | null> {
  const json = await readJsonFile(alarmFile(directory), 'STORE_INVALID').catch(() => null);
  const { code, reason, since } = json ?? {};
  if (typeof code !== 'string' || typeof reason !== 'string' || typeof since !== 'number') return null;
  return { code, reason, since };
}

function alarmFile(directory: string): string {
  return join(directory, 'alarm.json');
}
