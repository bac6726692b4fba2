import { join, resolve } from 'node:path';
import { isLoopbackAddress } from '../outgoing/public-address.js';
import { PlatformError } from '../platform-error.js';
import { isLoopbackHost } from './loopback-host.js';
import { nearest } from './nearest.js';
import { FOREIGN_PREFIX, isLocalUrl, SAMPLES_VARIABLE, SETTINGS, type SettingName } from './settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What everything listens on but an API that was told otherwise; the embedded database always does. */
export const LOOPBACK = '127.0.0.1';

/** All settings of a process, validated. Paths are absolute; times are in the unit their name ends in. */
export interface Config {
  readonly origin: string;
  readonly publicUrl: string;
  /** What the API listens on: an IP address. */
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
  readonly databaseRolesFile: string;
  readonly databasePool: number;
  readonly postgresPort: number | undefined;
  readonly queueUrl: string | undefined;
  /** Another's signer. Set with `signerSecret` and without `signerPort`. */
  readonly signerUrl: string | undefined;
  /** Where the own signer listens; on its socket when not set. Set with `signerSecret`. */
  readonly signerPort: number | undefined;
  readonly signerSecret: string | undefined;
  readonly oidcIssuer: string | undefined;
  readonly oidcClientId: string | undefined;
  readonly oidcClientSecret: string | undefined;
  /** Values of `acr` of which a login of staff must have one; none means any. */
  readonly oidcAcr: readonly string[];
  /** Set together with `mailFrom`, or not at all. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string | undefined;
  /** Whether `NODE_ENV` is `production`: then nothing that is for demos runs. */
  readonly production: boolean;
  readonly logLevel: string;
  readonly mergeDeadlineSeconds: number;
  readonly checkpointIntervalMs: number;
  readonly publishedIntervalMs: number;
  readonly stateHours: number;
  /** Hours after its statement for which feeds keep what leads up to an erasure, so that whoever pulls sees the removal. */
  readonly erasureDelayHours: number;
  readonly accessHistoryDays: number;
  readonly workerConcurrency: number;
  readonly workerPort: number;
  readonly shutdownSeconds: number;
  /** For tests alone: see `OutgoingOptions`. */
  readonly outgoingLoopback: boolean;
  readonly faultPoints: string | undefined;
  readonly faultLog: string | undefined;
}

type Values = { readonly [Name in SettingName]?: ReturnType<(typeof SETTINGS)[Name]['parse']> };

/**
 * Reads and validates every `CAIRN_*` variable. An empty variable counts as not set.
 * @throws PlatformError `config-invalid`, naming each wrong variable and its rule, and for an unknown one the nearest known name.
 */
export function loadConfig(env: Environment, workingDirectory = process.cwd()): Config {
  const values = parseAll(env);
  const port = values.CAIRN_PORT ?? 8420;
  const path = (text: string): string => resolve(workingDirectory, text);
  const dataDir = path(values.CAIRN_DATA_DIR ?? '.cairn');
  return Object.freeze({
    origin: values.CAIRN_ORIGIN ?? `localhost:${port}`,
    publicUrl: values.CAIRN_PUBLIC_URL ?? `http://${LOOPBACK}:${port}`,
    host: values.CAIRN_HOST ?? LOOPBACK,
    port,
    dataDir,
    databaseUrl: values.CAIRN_DATABASE_URL,
    databaseRolesFile: path(
      values.CAIRN_DATABASE_ROLES_FILE ?? join(dataDir, 'secrets', 'database-roles.json'),
    ),
    databasePool: values.CAIRN_DATABASE_POOL ?? 10,
    postgresPort: values.CAIRN_POSTGRES_PORT,
    queueUrl: values.CAIRN_QUEUE_URL,
    signerUrl: values.CAIRN_SIGNER_URL,
    signerPort: values.CAIRN_SIGNER_PORT,
    signerSecret: values.CAIRN_SIGNER_SECRET,
    oidcIssuer: values.CAIRN_OIDC_ISSUER,
    oidcClientId: values.CAIRN_OIDC_CLIENT_ID,
    oidcClientSecret: values.CAIRN_OIDC_CLIENT_SECRET,
    oidcAcr: values.CAIRN_OIDC_ACR ?? [],
    smtpUrl: values.CAIRN_SMTP_URL,
    mailFrom: values.CAIRN_MAIL_FROM,
    production: env['NODE_ENV'] === 'production',
    logLevel: values.CAIRN_LOG_LEVEL ?? 'info',
    mergeDeadlineSeconds: values.CAIRN_MERGE_DEADLINE_SECONDS ?? 3600,
    checkpointIntervalMs: values.CAIRN_CHECKPOINT_INTERVAL_MS ?? 1000,
    publishedIntervalMs: values.CAIRN_PUBLISHED_INTERVAL_MS ?? 60_000,
    stateHours: values.CAIRN_STATE_HOURS ?? 24,
    erasureDelayHours: values.CAIRN_ERASURE_DELAY_HOURS ?? 12,
    accessHistoryDays: values.CAIRN_ACCESS_HISTORY_DAYS ?? 730,
    workerConcurrency: values.CAIRN_WORKER_CONCURRENCY ?? 2,
    workerPort: values.CAIRN_WORKER_PORT ?? 0,
    shutdownSeconds: values.CAIRN_SHUTDOWN_SECONDS ?? 10,
    outgoingLoopback: values.CAIRN_OUTGOING_LOOPBACK ?? false,
    faultPoints: values.CAIRN_FAULT_POINTS,
    faultLog: values.CAIRN_FAULT_LOG,
  });
}

/** Where the demo identity provider is below the hub's public URL. */
export const DEMO_IDENTITY_PATH = '/demo-identity';

/** Issuer identifier of the provider that people log in with. */
export function loginIssuer({ oidcIssuer, publicUrl }: Config): string {
  return oidcIssuer ?? `${publicUrl}${DEMO_IDENTITY_PATH}`;
}

/**
 * Refuses to put a hub in earnest at the mercy of the demo identity provider, which lets anybody be anybody.
 *
 * @throws PlatformError `config-invalid` without an identity provider, in production or for a hub that is reached from elsewhere
 */
export function requireIdentityProvider({ oidcIssuer, production, publicUrl }: Config): void {
  if (oidcIssuer !== undefined) return;
  const isLocal = isLoopbackHost(new URL(publicUrl).hostname);
  if (isLocal && !production) return;
  const why = production ? 'NODE_ENV is production' : 'CAIRN_PUBLIC_URL is not on loopback';
  throw new PlatformError(
    'config-invalid',
    `CAIRN_OIDC_ISSUER must be set when ${why}: the demo identity provider lets anybody be anybody`,
  );
}

/**
 * The URL of the database a process must have been given.
 * @throws PlatformError `database-url-missing`
 */
export function requireDatabaseUrl(config: Config): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  throw new PlatformError('database-url-missing', 'CAIRN_DATABASE_URL must be set for this process');
}

function parseAll(env: Environment): Values {
  const problems = unknownNames(env);
  const values: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(SETTINGS)) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    values[name] = rule.parse(text);
    if (values[name] === undefined) problems.push(`${name} must be ${rule.rule}`);
  }
  problems.push(
    ...testOnlySettings(env, values),
    ...incompleteProvider(env),
    ...incompleteMail(env),
    ...incompleteSigner(env),
  );
  if (problems.length === 0) problems.push(...unnamedHub(values as Values));
  if (problems.length > 0) throw new PlatformError('config-invalid', problems.join('\n'));
  return values as Values;
}

function unknownNames(env: Environment): string[] {
  const known = Object.keys(SETTINGS);
  const foreign = (name: string): boolean => name.startsWith(FOREIGN_PREFIX) || name === SAMPLES_VARIABLE;
  return Object.keys(env)
    .filter((name) => name.startsWith('CAIRN_') && !foreign(name) && !known.includes(name))
    .sort()
    .map((name) => `${name} is not a setting; the nearest is ${nearest(name, known)}`);
}

/** A hub that others reach must say under which name: the defaults name this machine, and proofs are for the public URL alone. */
function unnamedHub({ CAIRN_HOST: host, CAIRN_ORIGIN: origin, CAIRN_PUBLIC_URL: url }: Values): string[] {
  if (host !== undefined && !isLoopbackAddress(host) && url === undefined) {
    return ['CAIRN_PUBLIC_URL must be set when CAIRN_HOST is not a loopback address'];
  }
  if (url !== undefined && !isLocalUrl(url) && origin === undefined) {
    return ['CAIRN_ORIGIN must be set when CAIRN_PUBLIC_URL is not of this machine: it can never change'];
  }
  return [];
}

function testOnlySettings(env: Environment, { CAIRN_OUTGOING_LOOPBACK: loopback }: Values): string[] {
  const problems: string[] = [];
  if (env['NODE_ENV'] !== 'test' && env['CAIRN_FAULT_POINTS'])
    problems.push('CAIRN_FAULT_POINTS is honoured only when NODE_ENV=test');
  if (env['NODE_ENV'] === 'production' && loopback === true)
    problems.push('CAIRN_OUTGOING_LOOPBACK is for tests: it is refused when NODE_ENV=production');
  return problems;
}

function incompleteMail(env: Environment): string[] {
  const [server, from] = [!!env['CAIRN_SMTP_URL'], !!env['CAIRN_MAIL_FROM']];
  if (server && !from) return ['CAIRN_MAIL_FROM must be set with CAIRN_SMTP_URL'];
  return from && !server ? ['CAIRN_SMTP_URL must be set with CAIRN_MAIL_FROM'] : [];
}

function incompleteSigner(env: Environment): string[] {
  const [url, port, secret] = ['URL', 'PORT', 'SECRET'].map((name) => !!env[`CAIRN_SIGNER_${name}`]);
  if (url && port)
    return ['CAIRN_SIGNER_PORT is of the own signer: it must not be set with CAIRN_SIGNER_URL'];
  if ((url || port) && !secret)
    return ['CAIRN_SIGNER_SECRET must be set with CAIRN_SIGNER_URL and CAIRN_SIGNER_PORT'];
  return secret && !url && !port
    ? ['CAIRN_SIGNER_URL or CAIRN_SIGNER_PORT must be set with CAIRN_SIGNER_SECRET']
    : [];
}

function incompleteProvider(env: Environment): string[] {
  const [issuer, client, secret, acr] = ['ISSUER', 'CLIENT_ID', 'CLIENT_SECRET', 'ACR'].map(
    (name) => !!env[`CAIRN_OIDC_${name}`],
  );
  if (issuer && !client) return ['CAIRN_OIDC_CLIENT_ID must be set with CAIRN_OIDC_ISSUER'];
  return !issuer && (client || secret || acr)
    ? ['CAIRN_OIDC_ISSUER must be set with the other CAIRN_OIDC settings']
    : [];
}
