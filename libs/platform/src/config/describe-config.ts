import type { Config, Environment } from './config.js';
import type { Secrecy } from './setting.js';
import { SETTINGS, type SettingName } from './settings.js';

const FIELDS: Readonly<Record<SettingName, keyof Config>> = {
  CAIRN_ORIGIN: 'origin',
  CAIRN_PUBLIC_URL: 'publicUrl',
  CAIRN_HOST: 'host',
  CAIRN_PORT: 'port',
  CAIRN_DATA_DIR: 'dataDir',
  CAIRN_DATABASE_URL: 'databaseUrl',
  CAIRN_DATABASE_ROLES_FILE: 'databaseRolesFile',
  CAIRN_DATABASE_POOL: 'databasePool',
  CAIRN_POSTGRES_PORT: 'postgresPort',
  CAIRN_QUEUE_URL: 'queueUrl',
  CAIRN_SIGNER_URL: 'signerUrl',
  CAIRN_SIGNER_PORT: 'signerPort',
  CAIRN_SIGNER_SECRET: 'signerSecret',
  CAIRN_OIDC_ISSUER: 'oidcIssuer',
  CAIRN_OIDC_CLIENT_ID: 'oidcClientId',
  CAIRN_OIDC_CLIENT_SECRET: 'oidcClientSecret',
  CAIRN_OIDC_ACR: 'oidcAcr',
  CAIRN_SMTP_URL: 'smtpUrl',
  CAIRN_MAIL_FROM: 'mailFrom',
  CAIRN_LOG_LEVEL: 'logLevel',
  CAIRN_MERGE_DEADLINE_SECONDS: 'mergeDeadlineSeconds',
  CAIRN_CHECKPOINT_INTERVAL_MS: 'checkpointIntervalMs',
  CAIRN_PUBLISHED_INTERVAL_MS: 'publishedIntervalMs',
  CAIRN_STATE_HOURS: 'stateHours',
  CAIRN_ERASURE_DELAY_HOURS: 'erasureDelayHours',
  CAIRN_ACCESS_HISTORY_DAYS: 'accessHistoryDays',
  CAIRN_WORKER_CONCURRENCY: 'workerConcurrency',
  CAIRN_WORKER_PORT: 'workerPort',
  CAIRN_SHUTDOWN_SECONDS: 'shutdownSeconds',
  CAIRN_OUTGOING_LOOPBACK: 'outgoingLoopback',
  CAIRN_FAULT_POINTS: 'faultPoints',
  CAIRN_FAULT_LOG: 'faultLog',
};

/** One setting as an operator may see it. */
export interface SettingDescription {
  readonly name: string;
  /** The value in force, with passwords masked; empty when there is none. */
  readonly value: string;
  readonly from: 'environment' | 'default';
  readonly about: string;
}

/** All settings in force, without secrets. */
export function describeConfig(config: Config, env: Environment): SettingDescription[] {
  return Object.entries(FIELDS).map(([name, field]) => {
    const { about, secret } = SETTINGS[name as SettingName];
    const value = String(config[field] ?? '');
    return {
      name,
      about,
      value: secret === undefined ? value : mask(value, secret),
      from: env[name] ? 'environment' : 'default',
    };
  });
}

function mask(value: string, secrecy: Secrecy): string {
  if (secrecy === 'url') return maskUrl(value);
  if (secrecy === 'login') return maskUser(maskUrl(value));
  return value === '' ? '' : '***';
}

/** Some mail services take a key as the name of the user. */
function maskUser(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username !== '') url.username = '***';
  return url.toString();
}

/** A URL with its password, and every parameter that could carry one, replaced by `***`. */
export function maskUrl(text: string): string {
  if (text === '') return text;
  if (!URL.canParse(text)) return '***';
  const url = new URL(text);
  if (url.password !== '') url.password = '***';
  for (const name of url.searchParams.keys()) {
    if (/pass|secret|token|key/i.test(name)) url.searchParams.set(name, '***');
  }
  return url.toString();
}
