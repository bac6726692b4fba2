import { bootstrapStaff, type StaffRole } from '#libs/membership';
import { createLogger, freePort, loginIssuer, type Config, type RunningProcess } from '#libs/platform';
import { startHttpApplication } from '#libs/platform/nest';
import { ApiModule, configureApi } from '#apps/api/src/api.module';
import type { TestHub } from './api-hub.js';

/** Another API process's worth of the same hub: the same database and, unless changed, the same public URL. */
export async function startAnother(hub: TestHub, change: Partial<Config> = {}): Promise<RunningProcess> {
  const log = createLogger({ name: 'api', level: 'silent' });
  const config = { ...hub.config, port: await freePort(), ...change };
  return startHttpApplication(ApiModule.forRoot({ config, log }), {
    port: config.port,
    log,
    bodyLimit: 1 << 20,
    configure: configureApi,
  });
}

/** Gives the first roles to demo personas. */
export async function giveRoles(hub: TestHub, roles: readonly [string, StaffRole][]): Promise<void> {
  const issuer = loginIssuer(hub.config);
  const give = roles.map(([subject, role]) => ({ role, identity: { issuer, subject } }));
  const done = await bootstrapStaff(hub.database.worker, 'system:test', { invite: [], give });
  if (!done.ok) throw new Error(`refused: ${done.rule}`);
}
