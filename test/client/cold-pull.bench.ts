import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { HashStore, type CairnClient } from '#libs/client';
import { publishLarge } from './support/large-feed.js';
import { SHA256 } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

/**
 * Cold pull of many records. The hub runs in a process of its own, so that time and memory are the member's:
 *
 *     node dist/test/client/cold-pull.bench.js [records] [runs]
 */
const COUNT = Number(process.argv[2] ?? 1_000_000);
const RUNS = Number(process.argv[3] ?? 3);

if (process.argv[2] === 'hub') await serve(Number(process.argv[3]));
else await measure();

async function serve(count: number): Promise<void> {
  const hub = await TestHub.start();
  const client = await hub.member();
  publishLarge(hub.feed, SHA256, count);
  process.send!({ home: client.home.path, store: hub.store });
  await once(process, 'disconnect');
  await hub.stop();
}

async function measure(): Promise<void> {
  const child = fork(fileURLToPath(import.meta.url), ['hub', String(COUNT)]);
  const [{ home, store }] = (await once(child, 'message')) as [{ home: string; store: string }];
  try {
    for (let run = 0; run < RUNS; run++) {
      await rm(store, { recursive: true, force: true });
      await pullOnce(home, store);
    }
    await lookUp(store);
  } finally {
    child.disconnect();
    await once(child, 'exit');
  }
}

async function pullOnce(home: string, store: string): Promise<void> {
  const { CairnClient } = await import('#libs/client');
  const cairn: CairnClient = await CairnClient.open({ home });
  const cpu = process.cpuUsage();
  const start = performance.now();
  const { timing, types } = await cairn.pull({ feed: 'csam', store });
  const ms = performance.now() - start;
  const { user, system } = process.cpuUsage(cpu);
  const report = {
    ms: Math.round(ms),
    cpuMs: Math.round((user + system) / 1000),
    timing,
    peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
  };
  process.stdout.write(`${JSON.stringify({ name: 'cold pull', records: types[0]?.records, ...report })}\n`);
}

async function lookUp(path: string): Promise<void> {
  const store = await HashStore.open(path);
  const values: string[] = [];
  let start = performance.now();
  for (const { value } of store.records()) values.push(value);
  print('export sorted', values.length, performance.now() - start);
  start = performance.now();
  const probes = values.filter((_, i) => i % 10 === 0);
  const found = probes.filter((value) => store.lookup(value, 'sha256')?.length === 1).length;
  print('lookup', found, performance.now() - start);
  start = performance.now();
  store.verify();
  print('verify', values.length, performance.now() - start);
  store.close();
}

function print(name: string, records: number, ms: number): void {
  process.stdout.write(
    `${JSON.stringify({ name, records, ms: Math.round(ms), usEach: Math.round((ms * 1e4) / records) / 10 })}\n`,
  );
}
