import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { until } from '../process/timing.js';
import { withClient } from './client.js';
import { Listener } from './listener.js';
import { notify } from './tx.js';

let test: TestDatabase;
let listener: Listener;
let errors: Error[];

beforeAll(async () => {
  test = await createTestDatabase();
});

afterEach(() => listener.close());
afterAll(() => test.drop());

/** Listens and returns a counter of wakes, once the first, after connecting, has come. */
async function listening(): Promise<{ wakes: number }> {
  const counted = { wakes: 0 };
  errors = [];
  listener = new Listener(test.workerUrl, (error) => errors.push(error));
  listener.on('decided', () => counted.wakes++);
  listener.start();
  await until(() => counted.wakes === 1, 5000, 5);
  return counted;
}

const sessions = `FROM pg_stat_activity WHERE application_name = 'cairn-listener' AND datname = current_database()`;

describe('Listener', () => {
  it('wakes at the commit, and never for a transaction that rolls back', async () => {
    const counted = await listening();
    const undone = test.api.transaction('undo', 'system:test', async (tx) => {
      await notify(tx, 'decided');
      throw new Error('undo');
    });
    await expect(undone).rejects.toThrow();
    await test.api.transaction('decide', 'system:test', (tx) => notify(tx, 'decided'));
    expect(await until(() => counted.wakes > 1, 2000, 5)).toBe(true);
    await test.api.transaction('other', 'system:test', (tx) => notify(tx, 'other'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(counted.wakes).toBe(2);
  });

  it('reconnects when its connection breaks, and wakes all since something may have been missed', async () => {
    const counted = await listening();
    await withClient(test.adminUrl, {}, (client) =>
      client.query(`SELECT pg_terminate_backend(pid) ${sessions}`),
    );
    expect(await until(() => counted.wakes > 1, 5000, 5)).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
    await test.api.transaction('decide', 'system:test', (tx) => notify(tx, 'decided'));
    expect(await until(() => counted.wakes > 2, 2000, 5)).toBe(true);
  });

  it('tries again and again when the database cannot be reached', async () => {
    errors = [];
    listener = new Listener('postgres://nobody@127.0.0.1:1/none', (error) => errors.push(error));
    listener.on('decided', () => undefined);
    listener.start();
    expect(await until(() => errors.length >= 3, 5000)).toBe(true);
  });

  it('leaves no connection behind', async () => {
    await listening();
    await listener.close();
    const gone = await until(async () => {
      const { rows } = await withClient(test.adminUrl, {}, (client) => client.query(`SELECT 1 ${sessions}`));
      return rows.length === 0;
    }, 2000);
    expect(gone).toBe(true);
  });

  it('refuses a channel that is no identifier, and one that comes too late', async () => {
    await listening();
    expect(() => listener.on('decided', () => undefined)).toThrow('after the start');
    expect(() =>
      new Listener(test.workerUrl, () => undefined).on('a; DROP TABLE hub', () => undefined),
    ).toThrow(RangeError);
  });
});
