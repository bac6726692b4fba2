import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { inputFile, jsonLines, runCairn } from './support/cli.js';
import { add, adds, MD5, PDQ, SHA256, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
  await hub.member();
});
afterEach(() => hub.stop());

const cairn = (args: readonly string[], stdin?: string) => runCairn(hub, args, stdin);
const json = jsonLines;
const file = (name: string, text: string) => inputFile(hub, name, text);

describe('with a store', () => {
  const pull = (...args: string[]) => cairn(['pull', '--feed', 'csam', '--store', hub.store, ...args]);

  beforeEach(() => {
    hub.feed.publish([
      { shape: SHA256, changes: adds(SHA256, 0, 20) },
      {
        shape: PDQ,
        changes: [
          add(PDQ, 1, {
            labels: [
              { code: 1, count: 1 },
              { code: 9, count: 1 },
            ],
            expiryDay: 20_000,
          }),
        ],
      },
      { shape: MD5, changes: adds(MD5, 0, 2) },
    ]);
  });

  describe('cairn pull', () => {
    it('says what changed, and when nothing did', async () => {
      const first = await pull();
      expect(first).toMatchObject({ code: 0, err: '' });
      expect(first.out).toContain('sha256: 20 records (+20 ~0 -0)');
      expect((await pull()).out).toContain('not yet published in the provenance log');
      hub.announce();
      expect((await pull()).out).toBe('csam: nothing new (1 round, the last of 2023-11-14T22:13:20.000Z)\n');
    });

    it('pulls several feeds, one line of JSON each', async () => {
      hub.feeds.get('tvec')!.idle();
      const run = await cairn([
        'pull',
        '--feed',
        'csam',
        'tvec',
        '--store',
        hub.store,
        '--type',
        'md5',
        '--json',
      ]);
      expect(json(run)).toMatchObject([
        { feed: 'csam', changed: true, types: [{ type: 'md5', records: 2 }], skipped: ['pdq', 'sha256'] },
        { feed: 'tvec', changed: true, types: [] },
      ]);
    });

    it('says 4 when something does not verify, and names it', async () => {
      hub.feed.appendText('{}');
      const run = await pull('--json');
      expect(run.code).toBe(4);
      expect(JSON.parse(run.err)).toMatchObject({
        error: { code: 'ROUND_UNSUPPORTED', subject: 'feed csam, round 1' },
      });
    });

    it('says 5 when the hub is not available', async () => {
      hub.intercept = (_path, response) => {
        response.writeHead(503).end();
        return true;
      };
      expect(await pull()).toMatchObject({ code: 5 });
    });

    it('says 6 when there is no configuration', async () => {
      const run = await cairn([
        '--home',
        join(hub.directory, 'nowhere'),
        'pull',
        '--feed',
        'csam',
        '--store',
        hub.store,
      ]);
      expect(run).toMatchObject({ code: 6, err: expect.stringContaining('cairn init') });
    });

    it('says 6 when the store cannot be written', async () => {
      const path = await file('a-file', '');
      const run = await cairn(['pull', '--feed', 'csam', '--store', path]);
      expect(run).toMatchObject({ code: 6, err: expect.stringContaining('FILE_FAILED') });
    });
  });

  describe('cairn lookup', () => {
    const lookup = (args: string[], stdin = '') => cairn(['lookup', '--store', hub.store, ...args], stdin);

    beforeEach(() => pull());

    it('prints what matches', async () => {
      const run = await lookup([valueOf(PDQ, 1)]);
      expect(run).toMatchObject({ code: 0, err: '' });
      expect(run.out).toBe(
        `${valueOf(PDQ, 1)}  csam/pdq, active, provisional, supporters 1, labels a1 label-9, expires 2024-10-04\n`,
      );
    });

    it('says 1 when nothing matches', async () => {
      expect(await lookup([valueOf(SHA256, 900)])).toEqual({ code: 1, out: '', err: '' });
      expect(await lookup([valueOf(PDQ, 1), '--type', 'sha256'])).toMatchObject({ code: 1 });
    });

    it('reads files and standard input', async () => {
      const path = await file(
        'probe.txt',
        `# probes\n${valueOf(SHA256, 3).toUpperCase()}\n${valueOf(SHA256, 900)}\n`,
      );
      const run = await lookup([path, '-', '--json'], `${valueOf(MD5, 1)}\n`);
      expect(json(run)).toMatchObject([
        { found: true, matches: [{ feed: 'csam', type: 'sha256' }] },
        { found: false, matches: [] },
        { found: true, matches: [{ type: 'md5', labels: [], expires: null }] },
      ]);
    });

    it('refuses what can be no value, without repeating it', async () => {
      const bad = valueOf(SHA256, 1).slice(1);
      const path = await file('probe.txt', `${valueOf(SHA256, 3)}\n${bad}\n`);
      for (const input of [bad, path]) {
        const run = await lookup([input]);
        expect(run.code).toBe(2);
        expect(run.err).not.toContain(bad);
      }
    });

    it('says 6 when there is no store', async () => {
      const run = await cairn(['lookup', '--store', join(hub.directory, 'none'), valueOf(SHA256, 1)]);
      expect(run).toMatchObject({ code: 6, err: expect.stringContaining('cairn pull') });
    });
  });

  describe('cairn export', () => {
    beforeEach(() => pull());

    it('writes NDJSON sorted by type and value', async () => {
      const records = json(await cairn(['export', '--store', hub.store]));
      const keys = records.map(({ type, value }) => `${String(type)} ${String(value)}`);
      expect(keys).toHaveLength(23);
      expect(keys).toEqual([...keys].sort());
    });

    it('writes CSV', async () => {
      const { out } = await cairn([
        'export',
        '--store',
        hub.store,
        '--format',
        'csv',
        '--type',
        'pdq',
        '--feed',
        'csam',
      ]);
      expect(out).toBe(
        'feed,type,value,status,assurance,supporters,labels,expires,quality\n' +
          `csam,pdq,${valueOf(PDQ, 1)},active,provisional,1,a1;label-9,2024-10-04,\n`,
      );
    });
  });

  describe('cairn verify', () => {
    beforeEach(() => pull());
    const verify = () => cairn(['verify', '--store', hub.store]);

    it('finds a store in order', async () => {
      expect(await verify()).toMatchObject({
        code: 0,
        out: expect.stringContaining('csam: in order at 1 round'),
      });
    });

    it('finds one bit of damage, in records or index', async () => {
      for (const extension of ['.data', '.index']) {
        const names = await readdir(join(hub.store, 'csam'));
        const path = join(
          hub.store,
          'csam',
          names.find((name) => name.startsWith('sha256') && name.endsWith(extension))!,
        );
        const bytes = await readFile(path);
        // In an index the last row may be of an empty bucket: any byte of a leaf hash will do.
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(path, bytes);
        expect(await verify()).toMatchObject({ code: 6, err: expect.stringContaining('STORE_DAMAGED') });
        bytes[bytes.length - 1]! ^= 1;
        await writeFile(path, bytes);
      }
    });

    it('refuses to go on from damage, instead of blaming the hub', async () => {
      const names = await readdir(join(hub.store, 'csam'));
      const path = join(
        hub.store,
        'csam',
        names.find((name) => /^sha256.*data$/.test(name))!,
      );
      const bytes = await readFile(path);
      await writeFile(
        path,
        bytes.map((byte) => byte ^ 1),
      );
      hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, 20, 200) }]);
      const clash = adds(SHA256, 0, 20);
      hub.feed.publish([
        { shape: SHA256, changes: clash.map(({ key }) => ({ op: 'remove' as const, key, reason: 1 })) },
      ]);
      expect(await pull()).toMatchObject({ code: 6, err: expect.stringContaining('STORE_DAMAGED') });
    });

    it('finds a checkpoint of another key', async () => {
      const state = join(hub.store, 'csam', 'state.json');
      const text = await readFile(state, 'utf8');
      await writeFile(state, text.replace('localhost:8420/feed/csam\\n1', 'localhost:8420/feed/csam\\n2'));
      expect(await verify()).toMatchObject({ code: 4, err: expect.stringContaining('NOTE_REJECTED') });
    });
  });
});

describe('cairn', () => {
  it('says 2 for wrong use, and does not repeat a value', async () => {
    const value = valueOf(SHA256, 5);
    for (const args of [
      ['pull'],
      ['lookup', '--store', 'x', '--type', value, value],
      ['nonsense'],
      ['export', value],
    ]) {
      const run = await cairn(args);
      expect(run.code).toBe(2);
      expect(run.err).not.toContain(value);
    }
    expect(JSON.parse((await cairn(['pull', '--json'])).err)).toMatchObject({ error: { code: 'USAGE' } });
  });

  it('helps', async () => {
    const run = await cairn(['--help']);
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes:') });
    for (const name of [
      'init',
      'keys',
      'submit',
      'submission',
      'pull',
      'lookup',
      'export',
      'verify',
      'whoami',
    ]) {
      expect(await cairn([name, '--help'])).toMatchObject({
        code: 0,
        out: expect.stringContaining('Usage: cairn'),
      });
    }
  });
});
