import { withClient } from '../database/client.js';
import { LOGIN_ROLES, OWNER_ROLE } from '../database/roles.js';

/** BullMQ's own schema, apart from the hub's tables. */
export const QUEUE_SCHEMA = 'bullmq';

const LOGINS = LOGIN_ROLES.join(', ');

/** BullMQ's functions run with their caller's rights, so both logins need its tables, but not its migration ledger. */
const GRANTS = `
  GRANT USAGE ON SCHEMA ${QUEUE_SCHEMA} TO ${LOGINS};
  GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${QUEUE_SCHEMA} TO ${LOGINS};
  GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA ${QUEUE_SCHEMA} TO ${LOGINS};
  GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${QUEUE_SCHEMA} TO ${LOGINS};
  REVOKE INSERT, UPDATE, DELETE ON ${QUEUE_SCHEMA}.migration FROM ${LOGINS};
`;

/** Brings BullMQ's schema up to the installed version, owned by the owner role and usable by both logins. */
export async function migrateQueueSchema(adminUrl: string): Promise<void> {
  const { runMigrations } = await import('bullmq');
  await withClient(adminUrl, { role: OWNER_ROLE }, async (client) => {
    await runMigrations(client, QUEUE_SCHEMA);
    await client.query(GRANTS);
  });
}
