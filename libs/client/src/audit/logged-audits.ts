import { join } from 'node:path';
import type { HubPolicy } from '../config/hub-policy.js';
import { durableFiles } from '../files/durable-files.js';
import { FileLock } from '../files/file-lock.js';
import type { HttpClient } from '../http/http-client.js';
import { publicFiles } from '../http/public-files.js';
import { openCheckpoint } from '../log/open-checkpoint.js';
import { StaticLog } from '../log/static-log.js';
import { LogCopy } from '../log/log-copy.js';
import { loggedStatements, type LoggedStatement } from '../log/logged-statements.js';

/** Where the provenance log is read, and where a copy of it is kept. */
export interface AuditLog {
  readonly hub: HubPolicy;
  readonly http: HttpClient;
  readonly directory: string;
}

/**
 * Every `audit` statement of the provenance log, in its order. All leaves lead to the signed root; a copy of them is kept, so that the next time only new
 * ones are read, and a log with another past is seen.
 *
 * @throws ClientError `LOG_FORK`, `LOG_ROLLBACK`, `LOG_MISMATCH`, `LOG_GAP`, `NOTE_REJECTED`, or as fetching does
 */
export async function readLoggedAudits({
  hub: { policy, origin, baseUrl },
  http,
  directory,
}: AuditLog): Promise<LoggedStatement<'audit'>[]> {
  await durableFiles.makeDirectory(directory);
  const lock = await FileLock.acquire(join(directory, 'lock'));
  try {
    const name = `${origin}/log`;
    const log = new StaticLog(`log ${name}`, publicFiles(http, `${baseUrl}/log`));
    const copy = await LogCopy.open(join(directory, 'log'), log, { hub: origin, origin: name });
    await copy.extend(openCheckpoint(policy, name, await log.checkpoint()));
    const audits: LoggedStatement<'audit'>[] = [];
    for await (const audit of loggedStatements(copy, 'audit', { size: 0, offset: 0 })) audits.push(audit);
    return audits;
  } finally {
    await lock.release();
  }
}
