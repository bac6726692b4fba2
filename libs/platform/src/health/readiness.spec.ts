import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

const never = (): Promise<boolean> => new Promise(() => undefined);
const fails = (): Promise<boolean> => Promise.reject(new Error('down'));

describe('Readiness', () => {
  it('is ready when all essential parts answer', async () => {
    const readiness = new Readiness();
    readiness.add('database', async () => true);
    readiness.add('queue', fails, { essential: false });
    expect(await readiness.report()).toEqual({ ready: true, checks: { database: 'ok', queue: 'degraded' } });
  });

  it.each([
    ['says no', async () => false],
    ['fails', fails],
    ['does not answer in time', never],
  ])('is not ready when an essential part %s', async (_, ask) => {
    const readiness = new Readiness();
    readiness.add('database', ask);
    expect(await readiness.report()).toEqual({ ready: false, checks: { database: 'failed' } });
  });

  it('is not ready once it is stopping', async () => {
    const readiness = new Readiness();
    readiness.stop();
    expect((await readiness.report()).ready).toBe(false);
  });
});
