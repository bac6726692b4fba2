import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createPrivateFile } from '#libs/keys';
import { FileSignerRecord, signerRecordPath } from '#libs/ledger';
import { type Database, openDatabase, privateDirectory, until } from '#libs/platform';
import { listStates, type LoggedState, type MadeState } from '#libs/provenance';
import { ArmedProcess } from '#test/armed-process';
import { checkHistory } from '#test/history';
import { TestHub } from '#test/hub';
import { loop, stopAll } from '#test/loops';
import { assertion, type TestMember } from '#test/member';
import { killLeftovers, startProcess } from '#test/processes';
import { replay } from '#test/replay';
import { runDirectory } from '#test/run-directory';
import { checkState, makeDueState } from '#test/states';

const SUBMISSIONS = 30;
const PATIENCE_MS = 60_000;

describe('states that several workers make', () => {
  let hub: TestHub;
  let author: TestMember;
  const databases: Database[] = [];

  beforeAll(async () => {
    hub = await TestHub.create();
    author = await hub.admit('alpha');
    for (let i = 0; i < 2; i++) databases.push(await openDatabase({ url: hub.databases.workerUrl, max: 4 }));
  });
  afterAll(async () => {
    for (const database of databases) await database.close();
    await hub.drop();
  });

  describe('when all of them try at once while the log grows', () => {
    it('are made once each, and each is that of its size however late it is logged', async () => {
      const made: MadeState[] = [];
      const makers = databases.flatMap((database) =>
        [1, 2].map(() =>
          loop(async () => {
            const state = await makeDueState(database, hub.origin);
            if (state !== null) made.push(state);
          }),
        ),
      );
      for (let i = 0; i < SUBMISSIONS; i++) {
        await hub.receive(author, await author.batch('csam', [newEntry(), newEntry()]));
        await hub.settle();
      }
      await stopAll(makers);
      await hub.settle();

      expect(made.length).toBeGreaterThan(1);
      expect(new Set(made.map(({ size }) => size)).size).toBe(made.length);
      await checkHistory(hub.worker, hub.origin);
      await replay(hub.worker, hub.origin);
      const logged = await states(hub);
      expect(logged.map(({ size, root }) => ({ size, root }))).toEqual(
        [...made].sort((a, b) => b.size - a.size),
      );
      for (const state of logged.filter(({ kept }) => kept)) await checkState(hub.worker, hub.origin, state);
    }, 120_000);
  });
});

describe('a worker that makes states', () => {
  let hub: TestHub;
  let env: Record<string, string>;

  beforeEach(async () => {
    hub = await TestHub.create();
    const author = await hub.admit('alpha');
    await hub.receive(author, await author.batch('csam', [newEntry(), newEntry()]));
    await hub.settle();
    const dataDir = privateDirectory(join(runDirectory(), hub.databases.name));
    const seed = join(privateDirectory(join(dataDir, 'keys')), 'checkpoint.seed');
    await createPrivateFile(seed, `${hub.seed.toString('hex')}\n`);
    FileSignerRecord.create(signerRecordPath(dataDir), hub.signerRecord.heads);
    env = {
      CAIRN_ORIGIN: hub.origin,
      CAIRN_DATA_DIR: dataDir,
      CAIRN_DATABASE_URL: hub.databases.workerUrl,
      CAIRN_STATE_HOURS: '1',
    };
    // The same as if the last one had been made long ago.
    await hub.databases.admin.transaction('age', 'system:test', (tx) =>
      tx.execute('UPDATE cairn.log_state_head SET made_time = 0'),
    );
  });
  afterEach(async () => {
    killLeftovers();
    await hub.drop();
  });

  describe('when it is killed before or after it commits one', () => {
    it.each([
      ['make-state:before-commit', 0],
      ['make-state:after-commit', 1],
    ])(
      'leaves nothing half done at %s, and the next goes on',
      async (point, committed) => {
        const doomed = ArmedProcess.spawn(['./standby.js', 'worker'], {
          ...env,
          CAIRN_FAULT_POINTS: `${point}=1`,
        });
        await doomed.go();
        await doomed.died(PATIENCE_MS);
        expect(await count(hub, 'cairn.log_state')).toBe(committed);
        expect(await count(hub, 'cairn.log_state_leaf')).toBe(257 * committed);
        expect(await count(hub, `cairn.pending_statement WHERE body ->> 'kind' = 'state'`)).toBe(committed);

        const worker = await startProcess('worker', env);
        expect(await until(async () => (await states(hub)).length > 0, PATIENCE_MS)).toBe(true);
        await worker.kill();
        const [state, ...more] = await states(hub);
        expect(more).toEqual([]);
        await checkState(hub.worker, hub.origin, state!);
      },
      180_000,
    );
  });
});

function newEntry() {
  return assertion('sha256', randomBytes(32).toString('hex'));
}

function states(hub: TestHub): Promise<LoggedState[]> {
  return hub.worker.read('states', 'system:test', (tx) => listStates(tx, { first: 100 }));
}

async function count(hub: TestHub, source: string): Promise<number> {
  const [row] = await hub.worker.read('count', 'system:test', (tx) =>
    tx.query<{ n: number }>(`SELECT count(*)::integer AS n FROM ${source}`),
  );
  return row!.n;
}
