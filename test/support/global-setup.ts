import { closeAbandonedRuns, openRunDirectory } from './run-directory.js';

/** Before all tests of a run. The database server starts when the first test asks for it. */
export default async function globalSetup(): Promise<void> {
  await closeAbandonedRuns();
  openRunDirectory();
}
