import type { Logger } from 'pino';
import { type Config, loadConfig } from '../config/config.js';
import { armFaultPoints } from '../faults/fault-point.js';
import { createLogger } from '../observability/logger.js';
import { PlatformError } from '../platform-error.js';
import { isErrno } from '../process/errno.js';
import { within } from '../process/timing.js';

/** sysexits(3) EX_CONFIG: starting again with the same settings would end the same way. */
export const EXIT_CONFIG = 78;

export interface RunningProcess {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The frame of an application process: reads its settings, starts it, tells a supervisor when it is ready, and ends it
 * when the supervisor is gone. An error nobody caught is logged without what it may quote, and ends the process.
 */
export async function runProcess(
  name: 'api' | 'worker',
  start: (config: Config, log: Logger) => Promise<RunningProcess>,
): Promise<void> {
  const config = settings();
  const log = createLogger({ name, level: config.logLevel });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      log.fatal({ err }, 'an error nobody caught');
      process.exit(1);
    });
  }
  // A supervisor can be killed while this process starts, even while it loads its modules.
  let running: RunningProcess | undefined;
  process.once('disconnect', () => void leave(running, config, log));
  if (process.connected === false) await leave(running, config, log);
  try {
    running = await start(config, log);
    if (process.connected) process.send?.({ type: 'ready', url: running.url });
    log.info({ url: running.url }, 'ready');
  } catch (err) {
    log.fatal({ err }, err instanceof PlatformError ? err.message : 'the process could not start');
    process.exit(isHopeless(err) ? EXIT_CONFIG : 1);
  }
}

/**
 * The supervisor was killed: nobody will stop or restart this process, and the next hub needs its port. What takes too long to
 * close, perhaps because the database went first, is left to the next start like after any crash.
 */
async function leave(
  running: RunningProcess | undefined,
  { shutdownSeconds }: Config,
  log: Logger,
): Promise<void> {
  log.warn('the supervisor is gone; stopping');
  const closed = Promise.resolve(running?.close()).catch((err: unknown) =>
    log.error({ err }, 'closing failed'),
  );
  await within(closed, shutdownSeconds * 1000);
  process.exit(0);
}

function settings(): Config {
  try {
    const config = loadConfig(process.env);
    armFaultPoints(config);
    return config;
  } catch (error) {
    process.stderr.write(`${error instanceof PlatformError ? error.message : 'settings cannot be read'}\n`);
    process.exit(EXIT_CONFIG);
  }
}

function isHopeless(error: unknown): boolean {
  const codes = ['config-invalid', 'database-url-missing', 'queue-processors-incomplete'];
  return isErrno(error, 'EADDRINUSE', 'EACCES', ...codes);
}
