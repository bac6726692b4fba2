import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';
import type { Database } from '#libs/platform';
import { findClient } from './client-metadata.js';
import { spendOnce } from './token-state.js';

/** The library's name for the records of assertions that were used. */
const REPLAY_MODEL = 'ReplayDetection';

/** What the token endpoint's library stores and looks up. It stores nothing but which assertions were used. */
export function tokenStateAdapter(database: Database): AdapterFactory {
  return (model) => ({
    ...refuseAll(model),
    find: async (id) =>
      model === 'Client' ? ((await findClient(database, id)) as AdapterPayload) : undefined,
    ...(model === REPLAY_MODEL ? { upsert: (id, payload, ttl) => spend(database, id, payload, ttl) } : {}),
  });
}

/** So nobody looks beforehand (`find` above), which would be a race. */
async function spend(
  database: Database,
  id: string,
  { iss }: AdapterPayload,
  secondsToLive = 0,
): Promise<void> {
  if (await spendOnce(database, { model: REPLAY_MODEL, id, by: iss!, secondsToLive })) return;
  throw new errors.InvalidClientAuth('client assertion used before');
}

function refuseAll(model: string): Adapter {
  const refuse = (): Promise<never> =>
    Promise.reject(new Error(`the token endpoint keeps no records of kind ${model}`));
  return {
    find: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
