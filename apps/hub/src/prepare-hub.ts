import { createLog, provenanceOrigin, requestStatement } from '#libs/ledger';
import { type Config, type Database, PlatformError } from '#libs/platform';
import type { HubStatement, PublicJwk } from '#libs/protocol';
import { type HubKeys, loadOrCreateHubKeys } from './hub-keys.js';

/**
 * Founds the hub in its database at the first start and recognises it at every later one: name, provenance log, and the
 * statement that is the first of the log. Runs after the migrations and before any other process, as the owner of all tables.
 * @throws PlatformError `config-invalid` when the database belongs to a hub of another name: whatever that hub signed
 * bears its name, and every verifier has pinned it
 */
export async function prepareHub(config: Config, adminDatabase: Database): Promise<void> {
  const keys = await loadOrCreateHubKeys(config);
  const origin = await adminDatabase.transaction('found-hub', 'system:hub', async (tx) => {
    await tx.execute('INSERT INTO hub (origin) VALUES ($1) ON CONFLICT (id) DO NOTHING', [config.origin]);
    const [hub] = await tx.query<{ origin: string }>('SELECT origin FROM hub');
    if (hub?.origin === config.origin) {
      await createLog(tx, provenanceOrigin(config.origin), null);
      await requestStatement(tx, 'hub', foundingStatement(config.origin, keys));
    }
    return hub?.origin;
  });
  if (origin === config.origin) return;
  throw new PlatformError(
    'config-invalid',
    `this database belongs to the hub ${origin}, but CAIRN_ORIGIN is ${config.origin}: set CAIRN_ORIGIN=${origin}`,
  );
}

function foundingStatement(origin: string, { promise, token }: HubKeys): HubStatement {
  const jwk = (text: string): PublicJwk => JSON.parse(text) as PublicJwk;
  return {
    kind: 'hub',
    origin,
    keys: [
      { purpose: 'promise', jwk: jwk(promise.publicKey.jwk) },
      { purpose: 'token', jwk: jwk(token.publicKey.jwk) },
    ],
  };
}
