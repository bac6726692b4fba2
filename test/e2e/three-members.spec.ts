import { createHash, randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveCheckpointKey } from '#libs/keys';
import { freePort } from '#libs/platform';
import { formatPolicy, NOTE_SIGNATURE, parsePolicy, verifierKey } from '#libs/tlog';
import { admin, joinHub, onHub, runCairn } from '#test/command-line';
import { ChannelShortcuts } from '#test/membership-shortcuts';
import { killLeftovers, startProcess, type TestProcess } from '#test/processes';

const samples = process.env['CAIRN_SAMPLES'];
const directory = mkdtempSync(join(tmpdir(), 'cairn-three-members-'));
const homes: string[] = [];
let hub: TestProcess;
let env: Record<string, string>;

/** Real hashes where there are some, else seeded ones. */
function pdqList(): string[] {
  if (samples !== undefined) {
    return readFileSync(join(samples, 'pdq-haystack.txt'), 'utf8').trim().split('\n');
  }
  process.stdout.write('skipped: 1350 real PDQ hashes (CAIRN_SAMPLES is not set); seeded ones instead\n');
  return Array.from({ length: 500 }, (_, i) => createHash('sha256').update(`pdq ${i}`).digest('hex'));
}

beforeAll(async () => {
  env = {
    CAIRN_DATA_DIR: join(directory, 'hub'),
    CAIRN_PORT: String(await freePort()),
    CAIRN_LOG_LEVEL: 'warn',
    CAIRN_PUBLISHED_INTERVAL_MS: '200',
  };
  hub = await startProcess('hub', env);
  await admin(env, 'channel', 'create', 'csam');
  for (const member of ['alpha', 'beta', 'gamma']) homes.push(await joinHub(env, directory, member, 'csam'));
}, 300_000);

afterAll(async () => {
  await hub?.kill('SIGINT');
  killLeftovers();
  rmSync(directory, { recursive: true, force: true });
});

describe('three members of a real hub', () => {
  describe('when two submit the same list of PDQ hashes', () => {
    it('gives the third the sorted list, each hash with two supporters', async () => {
      const list = pdqList();
      const file = join(directory, 'pdq.txt');
      writeFileSync(file, `${list.join('\n')}\n`);
      for (const home of homes.slice(0, 2)) {
        const words = ['submit', '--channel', 'csam', '--type', 'pdq', file, '--wait'];
        expect(await runCairn(home, words)).toMatchObject({ code: 0 });
      }
      const store = join(directory, 'store');
      expect(await runCairn(homes[2]!, ['pull', '--feed', 'csam', '--store', store])).toMatchObject({
        code: 0,
      });
      const { stdout } = await runCairn(homes[2]!, ['export', '--store', store, '--format', 'ndjson']);
      const records = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { value: string; supporters: number; assurance: string });
      expect(records.map((record) => record.value)).toEqual([...list].sort());
      expect(new Set(records.map((record) => record.supporters))).toEqual(new Set([2]));
      expect(new Set(records.map((record) => record.assurance))).toEqual(new Set(['corroborated']));
    });
  });

  describe('when a run of submit is repeated', () => {
    it('submits nothing twice', async () => {
      const file = join(directory, 'pdq.txt');
      const words = ['--json', 'submit', '--channel', 'csam', '--type', 'pdq', file, '--wait'];
      const before = await runCairn(homes[0]!, words);
      expect(before.code).toBe(0);
      const store = join(directory, 'store');
      const pulled = await runCairn(homes[2]!, ['--json', 'pull', '--feed', 'csam', '--store', store]);
      expect(JSON.parse(pulled.stdout.trim())).toMatchObject({ changed: false });
    });
  });

  describe('when the hub has published the head of a feed in its log', () => {
    it('is anchored for who pulls it, and members who compare heads hold one history', async () => {
      const [author, , reader] = homes as [string, string, string];
      const store = join(directory, 'store');
      let isAnchored = false;
      for (let attempt = 0; !isAnchored && attempt < 50; attempt++) {
        const { stdout } = await runCairn(reader, ['--json', 'pull', '--feed', 'csam', '--store', store]);
        ({ isAnchored } = JSON.parse(stdout) as { isAnchored: boolean });
      }
      expect(isAnchored).toBe(true);
      const heads = await runCairn(reader, ['--json', 'audit', 'heads', '--store', store]);
      expect(JSON.parse(heads.stdout)).toMatchObject({
        heads: [{}, { log: expect.stringMatching(/feed.csam$/), anchored: { size: expect.any(Number) } }],
      });
      const theirs = join(directory, 'heads.json');
      writeFileSync(theirs, heads.stdout);
      const compared = await runCairn(author, ['audit', 'heads', '--compare', theirs]);
      expect(compared).toMatchObject({ code: 0, stdout: expect.stringMatching(/one history|same head/) });
    });
  });

  describe('when a member is to be let into another channel', () => {
    const letIn = () =>
      onHub(env, (database) =>
        new ChannelShortcuts(database).setRight('system:test', 'gamma', 'tvec', {
          submit: false,
          receive: true,
        }),
      );

    it('must have passed a conformance run before', async () => {
      await admin(env, 'channel', 'create', 'tvec');
      expect(await letIn()).toMatchObject({ code: 'NO_CONFORMANCE' });
      const home = homes[2]!;
      const { code, stdout } = await runCairn(home, ['--json', 'conformance']);
      expect([code, JSON.parse(stdout)]).toMatchObject([
        0,
        {
          passed: true,
          steps: ['submit', 'pull', 'tombstone', 'reset'].map((step) => ({
            step,
            passed: true,
            reason: null,
          })),
        },
      ]);
      expect(readdirSync(join(home, 'conformance'))).toEqual([]);
      expect(await letIn()).toEqual({ ok: true });
    });
  });

  describe('when the hub answers with other keys than those pinned', () => {
    it('is refused by pull, which leaves nothing behind', async () => {
      const home = join(directory, 'stranger');
      cpSync(homes[2]!, home, { recursive: true });
      const pinned = join(directory, 'pinned-before-the-swap');
      writeFileSync(pinned, otherKeys(readFileSync(join(home, 'policy'), 'utf8')));
      const words = ['init', '--policy', pinned, '--member', 'gamma', '--replace'];
      expect(await runCairn(home, words)).toMatchObject({ code: 0 });
      const store = join(directory, 'refused');
      const pull = await runCairn(home, ['pull', '--feed', 'csam', '--store', store]);
      expect(pull.code).toBe(4);
      expect((await runCairn(home, ['export', '--store', store])).stdout).toBe('');
    });
  });
});

/** The policy of a hub of the same name whose keys are others. */
function otherKeys(policy: string): string {
  const parsed = parsePolicy(policy);
  const seed = randomBytes(32);
  const logs = parsed.logs.map(({ key: { name }, ...log }) => {
    return { ...log, key: verifierKey(name, NOTE_SIGNATURE, deriveCheckpointKey(seed, name).publicKey) };
  });
  return formatPolicy({ ...parsed, logs });
}
