import { createLogger, loadConfig } from '#libs/platform';
import { type RunningHub, startHub } from '../supervisor/supervisor.js';

/** npm hands on the Ctrl-C that the terminal has sent already, so two signals this close together are one. */
const SAME_SIGNAL_MS = 500;

/** Runs a hub until it is told to stop. */
export async function start(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLogger({ name: 'hub', level: config.logLevel });
  const started: { hub?: RunningHub } = {};
  const stopSignal = onStopSignal(() => {
    started.hub?.kill();
    process.exit(130);
  });
  const hub = await startHub(config, process.env, log);
  started.hub = hub;
  process.stdout.write(
    `Cairn hub ${config.origin} is ready at ${hub.url} (${hub.about}, data in ${config.dataDir})\n`,
  );
  const failed = await Promise.race([stopSignal, hub.hopeless]);
  await hub.stop();
  // Pools and channels are closed; nothing else may keep a stopped hub alive.
  process.exit(failed === undefined ? 0 : 1);
}

/** Resolves at the first signal to stop; a later one forces. */
function onStopSignal(force: () => void): Promise<undefined> {
  return new Promise((resolve) => {
    let first: number | undefined;
    const heard = (): void => {
      if (first === undefined) {
        first = performance.now();
        resolve(undefined);
      } else if (performance.now() - first > SAME_SIGNAL_MS) force();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, heard);
  });
}
