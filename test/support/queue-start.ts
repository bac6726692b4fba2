import { startQueueWorker } from './queue-context.js';

/** Starts a queue worker on the database of its argument and tells whether it could. */
const [, , databaseUrl] = process.argv;
const decide = (): Promise<boolean> => Promise.resolve(true);
process.once('disconnect', () => process.exit(0));
try {
  await startQueueWorker({ queueUrl: undefined, databaseUrl: databaseUrl!, concurrency: 1 }, decide);
  process.send!('started');
} catch {
  process.send!('refused');
}
