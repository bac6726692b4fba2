import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HashStore } from '#libs/client';
import { adds, remove, SHA256 } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

const MAIN = fileURLToPath(new URL('../../apps/cli/src/main.js', import.meta.url));
const FIRST = 3000;

let hub: TestHub;
beforeEach(async () => {
  hub = await TestHub.start();
  await hub.member();
});
afterEach(() => hub.stop());

/** Starts the program itself; the process ends by itself, or by a signal after so many milliseconds. */
async function cairn(
  args: readonly string[],
  killAfter?: number,
): Promise<{ code: number | null; out: string }> {
  const child = spawn(process.execPath, [MAIN, '--home', hub.home, ...args]);
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfter);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, out };
}

const pull = (killAfter?: number) =>
  cairn(['pull', '--feed', 'csam', '--store', hub.store, '--json'], killAfter);

async function count(): Promise<number> {
  const store = await HashStore.open(hub.store);
  store.verify();
  const [feed] = store.feeds;
  store.close();
  return feed!.types[0]!.records;
}

describe('a pull that is killed', () => {
  it('leaves the old state or the new one, and the next one finishes', async () => {
    hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 0, FIRST) }]);
    const start = performance.now();
    expect(await pull()).toMatchObject({ code: 0 });
    const whole = performance.now() - start;
    let records = FIRST;
    // From the middle of starting up to about its end.
    for (const share of [0.5, 0.65, 0.75, 0.85, 0.95]) {
      const changes = [...adds(SHA256, records, records + 500)];
      hub.feed.publish([{ shape: SHA256, changes }]);
      await pull(whole * share);
      expect([records, records + 500]).toContain(await count());
      records += 500;
      expect(await pull()).toMatchObject({ code: 0 });
      expect(await count()).toBe(records);
    }
    hub.feed.publish([{ shape: SHA256, changes: [remove(SHA256, 1)] }]);
    expect(JSON.parse((await pull()).out)).toMatchObject({ types: [{ records: records - 1, removed: 1 }] });
  });
});
