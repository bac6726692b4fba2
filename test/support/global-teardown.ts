import { closeRunDirectory } from './run-directory.js';

/** After all tests of a run. */
export default async function globalTeardown(): Promise<void> {
  await closeRunDirectory();
}
