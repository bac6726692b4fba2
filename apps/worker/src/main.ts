import 'reflect-metadata';
import { runProcess } from '#libs/platform';
import { startHttpApplication } from '#libs/platform/nest';
import { recordAddress } from './address-file.js';
import { WorkerModule } from './worker.module.js';

const BODY_LIMIT = 1024;

await runProcess('worker', async (config, log) => {
  const options = { port: config.workerPort, log, bodyLimit: BODY_LIMIT };
  const running = await startHttpApplication(WorkerModule.forRoot({ config, log }), options);
  recordAddress(config.dataDir, running.url);
  return running;
});
