import type { Logger } from 'pino';
import { type Config, loadConfig } from '../config/config.js';
import { armFaultPoints } from '../faults/fault-point.js';
import { createLogger } from '../observability/logger.js';
import { PlatformError } from '../platform-error.js';
import { isErrno } from '../process/errno.js';
import { within } from '../process/timing.js';

/** sysexits(3) EX_CONFIG: starting again with the same settings would end the same way. */
export const EXIT_CONFIG = 78;

/** How often a process tells its supervisor that its event loop turns. */
const BEAT_MS = 5_000;

/** What a process tells its supervisor. */
export type ProcessMessage =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'alive' }
  /** It exits now; should that hang, nothing is lost by killing it. */
  | { readonly type: 'exiting' };

export interface RunningProcess {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The frame of an application process: reads its settings, starts it, tells a supervisor when it is ready and that it is alive, and ends
 * it when the supervisor is gone. An error nobody caught is logged without what it may quote, and ends the process.
 */
export async function runProcess(
  name: 'api' | 'worker' | 'signer',
  start: (config: Config, log: Logger) => Promise<RunningProcess>,
): Promise<void> {
  const config = settings();
  const log = createLogger({ name, level: config.logLevel });
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (err: unknown) => {
      log.fatal({ err }, 'an error nobody caught');
      exit(1);
    });
  }
  // A supervisor can be killed while this process starts, even while it loads its modules.
  let running: RunningProcess | undefined;
  process.once('disconnect', () => void leave(running, config, log));
  if (process.connected === false) await leave(running, config, log);
  setInterval(() => tell({ type: 'alive' }), BEAT_MS).unref();
  try {
    running = await start(config, log);
    tell({ type: 'ready', url: running.url });
    log.info({ url: running.url }, 'ready');
  } catch (err) {
    log.fatal({ err }, err instanceof PlatformError ? err.message : 'the process could not start');
    exit(isHopeless(err) ? EXIT_CONFIG : 1);
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
  // Node can hang for good while it exits (nodejs/node#54918), and nobody is left who would end this process then.
  process.kill(process.pid, 'SIGKILL');
}

/** Exits with a code for the supervisor, who kills this process should its exit hang (nodejs/node#54918). */
function exit(code: number): never {
  tell({ type: 'exiting' });
  process.exit(code);
}

/** Does nothing without a supervisor. */
function tell(message: ProcessMessage): void {
  if (process.connected) process.send?.(message);
}

function settings(): Config {
  try {
    const config = loadConfig(process.env);
    armFaultPoints(config);
    return config;
  } catch (error) {
    process.stderr.write(`${error instanceof PlatformError ? error.message : 'settings cannot be read'}\n`);
    exit(EXIT_CONFIG);
  }
}

function isHopeless(error: unknown): boolean {
  const codes = ['config-invalid', 'database-url-missing', 'queue-processors-incomplete'];
  return isErrno(error, 'EADDRINUSE', 'EACCES', ...codes);
}
