import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { MIGRATIONS } from '#migrations';
import {
  type Config,
  isRunning,
  loadConfig,
  loopbackUrl,
  pendingMigrations,
  placeOf,
  readSecretFile,
  readServerProcess,
  requireSuitableRedis,
} from '#libs/platform';
import { DATABASE, postgresDirectory } from '../supervisor/hub-database.js';

type Finding = { readonly state: 'ok' | 'wrong' | 'unknown'; readonly text: string };

const LEAST_NODE = [20, 19] as const;

/** Checks what a hub needs and prints a line for each. Returns whether nothing is wrong. Changes nothing. */
export async function doctor(): Promise<boolean> {
  const config = loadConfig(process.env);
  const findings = [
    nodeVersion(process.versions.node),
    dataDirectory(config),
    await database(config),
    await queue(config),
  ];
  for (const { state, text } of findings) process.stdout.write(`${state.padEnd(7)}  ${text}\n`);
  return findings.every(({ state }) => state !== 'wrong');
}

/** Node 20.19 is the first that loads every dependency. */
export function nodeVersion(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > LEAST_NODE[0] || (major === LEAST_NODE[0] && minor >= LEAST_NODE[1]);
  return { state: enough ? 'ok' : 'wrong', text: `Node ${version} (${LEAST_NODE.join('.')} or newer)` };
}

function dataDirectory({ dataDir }: Config): Finding {
  const entry = statSync(dataDir, { throwIfNoEntry: false });
  if (entry === undefined)
    return { state: 'ok', text: `data directory ${dataDir} is made at the first start` };
  if (!entry.isDirectory()) return { state: 'wrong', text: `${dataDir} must be a directory` };
  if ((entry.mode & 0o066) !== 0)
    return { state: 'wrong', text: `${dataDir} must be readable by its owner only: chmod 700` };
  try {
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    return { state: 'ok', text: `data directory ${dataDir}` };
  } catch {
    return {
      state: 'wrong',
      text: `data directory ${dataDir} must be writable by the user who runs the hub`,
    };
  }
}

async function database(config: Config): Promise<Finding> {
  const url = config.databaseUrl ?? embeddedUrl(config);
  if (url === undefined)
    return { state: 'unknown', text: 'the embedded database is not running: start the hub to check it' };
  try {
    const pending = await pendingMigrations(url, MIGRATIONS);
    if (pending.length === 0) return { state: 'ok', text: `database ${placeOf(url)}, schema up to date` };
    return {
      state: 'wrong',
      text: `database ${placeOf(url)} lacks ${pending.join(', ')}: run cairn-hub migrate`,
    };
  } catch (error) {
    return {
      state: 'wrong',
      text: error instanceof Error ? error.message : 'the database cannot be reached',
    };
  }
}

/** The embedded server's address while it runs. */
function embeddedUrl(config: Config): string | undefined {
  const directory = postgresDirectory(config);
  const server = readServerProcess(join(directory, 'data'));
  const password = readSecretFile(join(directory, 'superuser-password'));
  if (server === undefined || password === undefined || !isRunning(server)) return undefined;
  return loopbackUrl('postgres', password, server.port, DATABASE);
}

async function queue({ queueUrl }: Config): Promise<Finding> {
  if (queueUrl === undefined) return { state: 'ok', text: 'queue in the database' };
  try {
    await requireSuitableRedis(queueUrl);
    return { state: 'ok', text: `queue at ${new URL(queueUrl).host}` };
  } catch (error) {
    return { state: 'wrong', text: error instanceof Error ? error.message : 'the queue cannot be reached' };
  }
}
