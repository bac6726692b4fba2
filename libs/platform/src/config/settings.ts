import { isIP } from 'node:net';
import { z } from 'zod';
import { parseFaultPoints } from '../faults/fault-spec.js';
import { readMailServer } from '../mail/mail-server.js';
import { isLoopbackHost } from './loopback-host.js';
import { integer, setting } from './setting.js';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
const MINUTE_MS = 60_000;

/** Every variable a hub reads, in the order in which they are shown. */
export const SETTINGS = {
  CAIRN_ORIGIN: setting(
    'name of this hub in its log, checkpoints and tokens; it can never change',
    'a name such as hub.example.org or localhost:8420: no scheme, no "+", no space',
    z.string().max(255).refine(isOrigin),
  ),
  CAIRN_PUBLIC_URL: setting(
    'address under which members reach this hub',
    'an https URL, or an http URL of this machine itself, without path, query, user or fragment',
    z.string().refine(isBaseUrl).transform(withoutTrailingSlash),
  ),
  CAIRN_HOST: setting(
    'address that the API listens on; 0.0.0.0 and :: are all of this machine',
    'an IPv4 or IPv6 address',
    z.string().refine((text) => isIP(text) !== 0),
  ),
  CAIRN_PORT: integer('port of the API', 1, 65_535),
  CAIRN_DATA_DIR: setting(
    'directory of the embedded database, keys and secrets',
    'a path',
    z.string().refine(hasNoControlCharacter),
  ),
  CAIRN_DATABASE_URL: setting(
    'PostgreSQL 15 or newer to use instead of the embedded one',
    'a postgres:// URL with host and database and without the parameter "options"',
    z.string().refine(isDatabaseUrl),
    'url',
  ),
  CAIRN_DATABASE_ROLES_FILE: setting(
    'file with the passwords of the roles cairn_api and cairn_worker; hubs on one server share it',
    'a path',
    z.string().refine(hasNoControlCharacter),
  ),
  CAIRN_DATABASE_POOL: integer('connections each process keeps to the database', 2, 200),
  CAIRN_POSTGRES_PORT: integer('port of the embedded database; a free one when not set', 1, 65_535),
  CAIRN_QUEUE_URL: setting(
    'Redis or Valkey for the job queue instead of the database',
    'a redis:// or rediss:// URL',
    z.string().refine(isRedisUrl),
    'url',
  ),
  CAIRN_SIGNER_URL: setting(
    'signer of checkpoints to use instead of the own one, which then is not started',
    'an https URL, or an http URL of this machine itself, without path, query, user or fragment',
    z.string().refine(isBaseUrl).transform(withoutTrailingSlash),
  ),
  CAIRN_SIGNER_PORT: integer(
    'port on 127.0.0.1 of the own signer; without one it listens on a socket in the data directory',
    1,
    65_535,
  ),
  CAIRN_SIGNER_SECRET: setting(
    'what the signer asks of whoever reaches it by a URL or port',
    '32 to 512 visible characters',
    z.string().regex(/^[\x21-\x7e]{32,512}$/),
    'whole',
  ),
  CAIRN_OIDC_ISSUER: setting(
    'OpenID Connect provider that people log in with; without one, a demo provider on loopback',
    'an https URL (http on loopback) without query or fragment',
    z.string().refine(isIssuer),
  ),
  CAIRN_OIDC_CLIENT_ID: setting(
    'name of this hub at that provider',
    '1 to 255 visible characters',
    z.string().regex(/^[\x21-\x7e]{1,255}$/),
  ),
  CAIRN_OIDC_CLIENT_SECRET: setting(
    'secret of this hub at that provider; without one it is a public client',
    '8 to 512 visible characters',
    z.string().regex(/^[\x21-\x7e]{8,512}$/),
    'whole',
  ),
  CAIRN_OIDC_ACR: setting(
    'kinds of login (acr) at that provider, one of which staff need; without it any is enough',
    '1 to 10 different values of visible characters without comma, joined by commas, at most 1000 characters in all',
    z
      .string()
      .max(1000)
      .regex(/^[!-+\--~]+(?:,[!-+\--~]+){0,9}$/)
      .transform((text) => text.split(','))
      .refine((values) => new Set(values).size === values.length),
  ),
  CAIRN_SMTP_URL: setting(
    'mail server that takes messages to the contacts of applicants; without one staff send them by hand',
    'an smtp:// or smtps:// URL with host, and user and password or neither, without path, query or fragment',
    z.string().refine(isMailServer),
    'login',
  ),
  CAIRN_MAIL_FROM: setting(
    'address that those messages come from',
    'an e-mail address of at most 254 visible ASCII characters',
    z
      .email()
      .max(254)
      .regex(/^[!-~]+$/),
  ),
  CAIRN_LOG_LEVEL: setting(
    'least level that is logged',
    `one of ${LOG_LEVELS.join(', ')}`,
    z.enum(LOG_LEVELS),
  ),
  CAIRN_MERGE_DEADLINE_SECONDS: integer('within which a promised submission is in the log', 1, 604_800),
  CAIRN_CHECKPOINT_INTERVAL_MS: integer('least time between two checkpoints', 10, 60 * MINUTE_MS),
  // Members take a head of a feed for kept back when it is not published within five minutes.
  CAIRN_PUBLISHED_INTERVAL_MS: integer('least time between two "published" statements', 10, 3 * MINUTE_MS),
  CAIRN_STATE_HOURS: integer('between two "state" statements', 1, 8760),
  CAIRN_ERASURE_DELAY_HOURS: integer('for which feeds keep what leads up to an erasure', 0, 20),
  CAIRN_ACCESS_HISTORY_DAYS: integer('that it is kept who was served which rounds of feeds', 30, 36_500),
  CAIRN_WORKER_CONCURRENCY: integer('jobs of one kind a worker runs at a time', 1, 256),
  CAIRN_WORKER_PORT: integer("port of the worker's health and metrics on 127.0.0.1; 0 is any", 0, 65_535),
  CAIRN_SHUTDOWN_SECONDS: integer('given to running work when a process is told to stop', 1, 600),
  CAIRN_OUTGOING_LOOPBACK: setting(
    'lets requests of the hub to addresses of others go to this machine, over http too (tests only)',
    'yes or no',
    z.enum(['yes', 'no']).transform((text) => text === 'yes'),
  ),
  CAIRN_FAULT_POINTS: setting(
    'places where a process kills itself (tests only)',
    'name=count[,name=count] such as decide:after-commit=3',
    z.string().refine((text) => parseFaultPoints(text).ok),
  ),
  CAIRN_FAULT_LOG: setting(
    'file that receives the name of a fault point before it kills',
    'a path',
    z.string(),
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Variables of this prefix belong to the member's command line, so a hub passes over them. */
export const FOREIGN_PREFIX = 'CAIRN_CLI_';

/** Where the tests find real hash lists: no setting of a hub either. */
export const SAMPLES_VARIABLE = 'CAIRN_SAMPLES';

function isOrigin(text: string): boolean {
  // A checkpoint's first line and a note's key name (C2SP signed-note: neither Unicode space nor plus).
  return /^[\x21-\x7e]+$/.test(text) && !text.includes('+') && !text.includes('://');
}

function isBaseUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) return false;
  // Whoever sits on the way of a request without TLS can hold it back and spend its proof.
  if (url.protocol === 'http:' && !isLocalUrl(text)) return false;
  const bare = url.search === '' && url.hash === '' && url.username === '' && url.password === '';
  return bare && url.pathname === '/' && !/[?#]$/.test(text);
}

/** Whether a URL leads to this machine and nowhere else. */
export function isLocalUrl(text: string): boolean {
  return isLoopbackHost(new URL(text).hostname);
}

/** Issuer identifier (OpenID Connect Discovery §2): exactly as the provider spells it, so nothing of it is changed. */
function isIssuer(text: string): boolean {
  const url = parseUrl(text);
  if (
    url === undefined ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== '' ||
    url.password !== ''
  ) {
    return false;
  }
  return (
    !/[?#\s]/.test(text) &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname)))
  );
}

function withoutTrailingSlash(text: string): string {
  return text.replace(/\/$/, '');
}

function isDatabaseUrl(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined || !['postgres:', 'postgresql:'].includes(url.protocol)) return false;
  // "options" in the URL would silently win over the search path that every connection needs.
  return url.hostname !== '' && url.pathname.length > 1 && !url.searchParams.has('options');
}

function isRedisUrl(text: string): boolean {
  const url = parseUrl(text);
  return url !== undefined && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
}

function isMailServer(text: string): boolean {
  return readMailServer(text) !== null;
}

function hasNoControlCharacter(text: string): boolean {
  return !/[\x00-\x1f]/.test(text);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
