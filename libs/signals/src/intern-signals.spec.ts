import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Entry, readEntry } from '#libs/protocol';
import { createTestDatabase, type TestDatabase } from '#test/postgres';
import { internSignals } from './intern-signals.js';

const entry = (type: 'md5' | 'sha256', n: number): Entry =>
  readEntry({
    op: 'assert',
    type,
    value: n.toString(16).padStart(type === 'md5' ? 32 : 64, '0'),
    salt: '0'.repeat(32),
  });

describe('internSignals', () => {
  let databases: TestDatabase;
  beforeAll(async () => {
    databases = await createTestDatabase();
  });
  afterAll(() => databases.drop());

  const intern = (entries: readonly Entry[], before?: () => Promise<void>): Promise<string> =>
    databases.worker.transaction('intern-signals', 'system:test', async (tx) => {
      const ids = await internSignals(tx, entries);
      await before?.();
      return ids;
    });
  const split = (ids: string): string[] => ids.slice(1, -1).split(',');

  /** Whose signals these ids are: type and last digits of the key, in order. */
  async function signalsOf(ids: string): Promise<string[]> {
    const rows = await databases.worker.read('signals', 'system:test', (tx) =>
      tx.query<{ signal: string }>(
        `SELECT s.type_code || '/' || right(encode(s.key, 'hex'), 2) AS signal
           FROM unnest($1::bigint[]) WITH ORDINALITY AS i (id, n) JOIN cairn.signal s USING (id) ORDER BY n`,
        [ids],
      ),
    );
    return rows.map((row) => row.signal);
  }

  it('gives the ids in the order of the entries, known, new, twice and of two types', async () => {
    await intern([entry('sha256', 1), entry('md5', 2)]);
    const ids = await intern([3, 1, 3, 2].flatMap((n) => [entry('sha256', n), entry('md5', n)]));
    const codes = { sha256: entry('sha256', 0).type.code, md5: entry('md5', 0).type.code };
    const expected = ['03', '01', '03', '02'].flatMap((end) => [
      `${codes.sha256}/${end}`,
      `${codes.md5}/${end}`,
    ]);
    expect(await signalsOf(ids)).toEqual(expected);
  });

  describe('when another transaction adds the same signals at the same time', () => {
    it('waits for it and gives its ids', async () => {
      const entries = [11, 12, 13].map((n) => entry('sha256', n));
      let interned: () => void;
      const uncommitted = new Promise<void>((resolve) => (interned = resolve));
      const first = intern(entries, async () => {
        interned();
        // Long enough for the other one to meet the rows that are not committed yet.
        await sleep(300);
      });
      await uncommitted;
      const second = intern([...entries].reverse());
      expect(split(await second)).toEqual(split(await first).reverse());
    });
  });
});
