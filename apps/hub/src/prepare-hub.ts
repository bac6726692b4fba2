import { createLog, provenanceOrigin, requestStatement } from '#libs/ledger';
import { loadOrCreateSeed } from '#libs/keys';
import { ensureSandbox } from '#libs/membership';
import { type Config, type Database, PlatformError } from '#libs/platform';
import type { HubStatement, PublicJwk } from '#libs/protocol';
import { checkHubKeys } from './check-hub-keys.js';
import { createHubKeys, keyFiles, type PublicHubKeys } from './hub-keys.js';
import { FOUNDING, readStoredHub, type StoredHub } from './stored-hub.js';

const ACTOR = 'system:hub';

/**
 * Founds the hub in its database at the first start and recognises it at every later one: name, provenance log, the statement that is
 * the first of the log, the keys it names, and the sandbox. Runs after the migrations and before any other process, as the owner of all tables.
 * What does not belong together is refused before anything is written.
 * @throws PlatformError `config-invalid` when the database belongs to a hub of another name (whatever that hub signed bears its name,
 * and every verifier has pinned it), or the key files are not that hub's
 */
export async function prepareHub(config: Config, adminDatabase: Database): Promise<void> {
  const hub = await findHub(adminDatabase);
  if (hub === null) await foundHub(config, adminDatabase);
  await recognise(config, hub ?? (await findHub(adminDatabase))!);
  await adminDatabase.transaction('ensure-sandbox', ACTOR, ensureSandbox);
  await loadOrCreateSeed(keyFiles(config).ticket);
}

async function findHub(database: Database): Promise<StoredHub | null> {
  return database.read('find-hub', ACTOR, readStoredHub);
}

/** Of two that found at once, on data directories of their own, the first wins, and the other is told by `recognise`. */
async function foundHub(config: Config, database: Database): Promise<void> {
  const { origin } = config;
  const keys = await createHubKeys(config);
  await database.transaction('found-hub', ACTOR, async (tx) => {
    await tx.execute('INSERT INTO hub (origin) VALUES ($1) ON CONFLICT (id) DO NOTHING', [origin]);
    const [hub] = await tx.query<{ origin: string }>('SELECT origin FROM hub');
    if (hub?.origin !== origin) return;
    await createLog(tx, provenanceOrigin(origin), null);
    await requestStatement(tx, FOUNDING, foundingStatement(origin, keys));
  });
}

async function recognise(config: Config, hub: StoredHub): Promise<void> {
  if (hub.origin !== config.origin) {
    throw new PlatformError(
      'config-invalid',
      `this database belongs to the hub ${hub.origin}, but CAIRN_ORIGIN is ${config.origin}: set CAIRN_ORIGIN=${hub.origin}`,
    );
  }
  await checkHubKeys(config, hub);
}

function foundingStatement(origin: string, { promise, token }: PublicHubKeys): HubStatement {
  const jwk = (text: string): PublicJwk => JSON.parse(text) as PublicJwk;
  return {
    kind: 'hub',
    origin,
    keys: [
      { purpose: 'promise', jwk: jwk(promise) },
      { purpose: 'token', jwk: jwk(token) },
    ],
  };
}
