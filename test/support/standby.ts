import 'reflect-metadata';

/**
 * Loads an application's code, says so, and starts it when it is told to: most of the time that a process needs to start goes by
 * while the one before it still runs. From there on it is the application's own main module and nothing else.
 */
const [, , application] = process.argv;
const modules = {
  api: () => import('#apps/api/src/api.module'),
  worker: () => import('#apps/worker/src/worker.module'),
  signer: () => import('#apps/signer/src/signer-server'),
};
await modules[application as keyof typeof modules]();
process.once('message', () => void import(`../../apps/${application}/src/main.js`));
process.send!('loaded');
