import 'reflect-metadata';
import { runProcess } from '#libs/platform';
import { startHttpApplication } from '#libs/platform/nest';
import { ApiModule, configureApi } from './api.module.js';

/** A submission's lines may take 4 MiB; as a JSON string with its manifest they take more. */
const BODY_LIMIT = 10 * 1024 * 1024;

await runProcess('api', (config, log) =>
  startHttpApplication(ApiModule.forRoot({ config, log }), {
    host: config.host,
    port: config.port,
    log,
    bodyLimit: BODY_LIMIT,
    configure: configureApi,
  }),
);
