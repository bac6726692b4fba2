import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { inputFile, jsonLines, runCairn } from './support/cli.js';
import { SHA256, valueOf } from './support/signals.js';
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

const values = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => valueOf(SHA256, from + i));

describe('cairn init', () => {
  it('pins the policy and says what can be verified', async () => {
    const home = join(hub.directory, 'new-home');
    const policy = await file('policy', hub.policy());
    const run = await cairn(['--home', home, 'init', '--policy', policy, '--member', 'acme', '--json']);
    expect(run.code).toBe(0);
    expect(json(run)).toEqual([
      { home, member: 'acme', hub: hub.origin, url: hub.baseUrl, feeds: ['csam', 'tvec'] },
    ]);
  });

  it('replaces a configuration only when asked to', async () => {
    const policy = await file('policy', hub.policy());
    const args = ['init', '--policy', policy, '--member', 'other'];
    expect(await cairn(args)).toMatchObject({ code: 6, err: expect.stringContaining('ALREADY_CONFIGURED') });
    expect(await cairn([...args, '--replace'])).toMatchObject({ code: 0 });
  });

  it('refuses a file that is no policy', async () => {
    const policy = await file('policy', 'log nonsense\n');
    expect(await cairn(['init', '--policy', policy, '--member', 'acme', '--replace'])).toMatchObject({
      code: 6,
    });
  });
});

describe('cairn members', () => {
  it('lists who is in the alliance, as the hub signs, and refuses what it did not sign', async () => {
    const member = {
      ...{ member: 'acme', code: 1, name: 'Acme Inc', kind: 'hotline', group: 'acme', accredited: true },
      ...{ status: 'active', since: 1, sinceTime: Date.UTC(2026, 0, 2), keys: [] },
    };
    const payload = { iss: hub.origin, iat: 1_790_000_000, size: 2, members: [member] };
    let key = hub.promiseKey;
    hub.intercept = async (path, response) => {
      if (path !== '/directory') return false;
      response.end(await signCompactJws({ typ: 'cairn-directory+jws', payload, key }));
      return true;
    };
    const run = await cairn(['members']);
    expect(run).toMatchObject({
      code: 0,
      out: expect.stringContaining('Acme Inc (acme), accredited hotline'),
    });
    key = generateSigningKey();
    const forged = await cairn(['members']);
    expect(forged.err).toContain('DIRECTORY_INVALID');
    expect(forged.code).not.toBe(0);
  });
});

describe('cairn keys new', () => {
  it('writes a private file and prints the public part', async () => {
    const out = join(hub.directory, 'extra.jwk');
    const run = await cairn([
      'keys',
      'new',
      '--purpose',
      'signing',
      '--alg',
      'ES256',
      '--out',
      out,
      '--json',
    ]);
    expect(json(run)[0]).toMatchObject({
      purpose: 'signing',
      thumbprint: expect.stringMatching(/^[\w-]{43}$/),
      jwk: { kty: 'EC', crv: 'P-256' },
    });
    expect(run.out).not.toContain('"d"');
    expect((await stat(out)).mode & 0o777).toBe(0o600);
  });

  it('never overwrites a key', async () => {
    expect(await cairn(['keys', 'new', '--purpose', 'auth'])).toMatchObject({ code: 6 });
  });
});

describe('cairn whoami', () => {
  it('shows rights and keys', async () => {
    const run = await cairn(['whoami']);
    expect(run).toMatchObject({ code: 0, err: '' });
    expect(run.out).toContain('channel csam: submit and receive');
  });
});

describe('cairn submit', () => {
  it('submits a plain list, and says what was lowered', async () => {
    const [a, b] = values(0, 2);
    const path = await file('list.txt', `# hashes\r\n\r\n${a!.toUpperCase()}\r\n  ${b}\n`);
    const run = await cairn(['submit', '--channel', 'csam', '--type', 'sha256', '--label', 'a1', path]);
    expect(run.code).toBe(0);
    expect(run.err).toContain('1 value in upper case: lowered');
    const [stored] = hub.submissions.stored.values();
    expect(stored!.entries).toMatchObject([{ op: 'assert', labels: ['a1'] }, { labels: ['a1'] }]);
  });

  it('submits CSV and NDJSON, together', async () => {
    const [a, b, c] = values(0, 3);
    const csv = await file(
      'list.csv',
      `Value,type,labels,expires,op,reason\n${a},sha256,b2;a1,2030-01-01,,\n${b},sha256,,,retract,error\n`,
    );
    const ndjson = await file('list.ndjson', `${JSON.stringify({ type: 'pdq', value: c, quality: 80 })}\n`);
    const run = await cairn(['submit', '--channel', 'csam', '--json', csv, ndjson]);
    expect(json(run)).toMatchObject([{ state: 'submitted', entries: 3, batches: [{ counter: 1 }] }]);
    const [stored] = hub.submissions.stored.values();
    expect(stored!.entries).toMatchObject([
      { op: 'assert', labels: ['a1', 'b2'] },
      { op: 'retract', reason: 'error' },
      { op: 'assert', quality: 80 },
    ]);
  });

  it('sends the same input once, whatever the file is called', async () => {
    const path = await file('a.txt', `${values(0, 5).join('\n')}\n`);
    const copy = await file('b.txt', `${values(0, 5).join('\n')}\n`);
    await cairn(['submit', '--channel', 'csam', '--type', 'sha256', path]);
    const again = await cairn(['submit', '--channel', 'csam', '--type', 'sha256', copy]);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('--again') });
    expect(hub.submissions.stored.size).toBe(1);
    await cairn(['submit', '--channel', 'csam', '--type', 'sha256', '--again', path]);
    expect(hub.submissions.stored.size).toBe(2);
  });

  it('retracts with a reason', async () => {
    const path = await file('a.txt', `${values(0, 1)[0]}\n`);
    await cairn([
      'submit',
      '--channel',
      'csam',
      '--type',
      'sha256',
      '--op',
      'retract',
      '--reason',
      'false_positive',
      path,
    ]);
    const [stored] = hub.submissions.stored.values();
    expect(stored!.entries).toMatchObject([{ op: 'retract', reason: 'false_positive' }]);
  });

  it('waits until everything is published, and shows what was not accepted', async () => {
    hub.submissions.rejectedType = 'pdq';
    const path = await file('a.txt', `${values(0, 2).join('\n')}\n`);
    const timer = setInterval(() => hub.submissions.sequence(), 400);
    const run = await cairn(['submit', '--channel', 'csam', '--type', 'pdq', '--wait', path]).finally(() =>
      clearInterval(timer),
    );
    expect(run.code).toBe(0);
    expect(run.err).toContain(`${path}, line 2: rejected (type_not_in_channel)`);
    expect(run.out).toContain('published');
  });

  it.each([
    ['list.txt', (v: string) => `${v}\nxyz\n`, 'line 2', []],
    ['list.txt', (v: string) => `${v}\n${v},sha256\n`, '--format', []],
    ['list.txt', (v: string) => `${v}\n`, 'say which with --type', ['--no-type']],
    ['list.csv', (v: string) => `${v}\n${v}\n`, 'column 1 is not known', []],
    ['list.csv', (v: string) => `value,type\n${v}\n`, 'not as many cells', []],
    ['list.csv', (v: string) => `value,quality\n${v},high\n`, 'quality', []],
    ['list.csv', (v: string) => `value\n"${v}"x\n`, 'line 2', []],
    ['list.ndjson', (v: string) => `{"value":"${v}","value":"${v}"}\n`, 'a member name', []],
    ['list.ndjson', (v: string) => `{"value":"${v}","salt":"x"}\n`, 'salt', []],
    ['list.ndjson', (v: string) => `"${v}"\n`, 'JSON object', []],
  ])('refuses bad input in %s without repeating it', async (name, textOf, hint, flags) => {
    const value = valueOf(SHA256, 77);
    const path = await file(name, textOf(value));
    const type = flags.length > 0 ? [] : ['--type', 'sha256'];
    const run = await cairn(['submit', '--channel', 'csam', ...type, path]);
    expect(run.code).toBe(2);
    expect(run.err).toContain(hint === 'a member name' ? 'line 1' : hint);
    expect(run.err + run.out).not.toContain(value);
    expect(hub.submissions.stored.size).toBe(0);
  });

  it('refuses options that contradict each other, before reading anything', async () => {
    const path = await file('a.txt', 'x\n');
    const base = ['submit', '--channel', 'csam', path];
    expect(await cairn([...base, '--op', 'retract', '--label', 'a1'])).toMatchObject({ code: 2 });
    expect(await cairn([...base, '--op', 'assert', '--reason', 'error'])).toMatchObject({ code: 2 });
    expect(await cairn([...base, '--type', 'sha265'])).toMatchObject({ code: 2 });
  });

  it('refuses a file that is not there', async () => {
    const run = await cairn(['submit', '--channel', 'csam', join(hub.directory, 'none.txt')]);
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining('ENOENT') });
  });

  it('says 3 when the hub refuses', async () => {
    hub.submissions.refusal = {
      code: 'NO_RIGHT_TO_SUBMIT',
      field: 'manifest.channel',
      rule: 'no right',
      line: null,
    };
    const path = await file('a.txt', `${values(0, 1)[0]}\n`);
    const run = await cairn(['submit', '--channel', 'csam', '--type', 'sha256', '--json', path]);
    expect(run.code).toBe(3);
    expect(JSON.parse(run.err)).toMatchObject({ error: { code: 'SUBMISSION_REFUSED' } });
  });
});

describe('cairn submission', () => {
  it('shows state, promise and outcomes', async () => {
    hub.submissions.mergeDelay = -1;
    const path = await file('a.txt', `${values(0, 2).join('\n')}\n`);
    const sent = await cairn(['submit', '--channel', 'csam', '--type', 'sha256', '--json', path]);
    const [{ jti }] = json(sent)[0]!['batches'] as [{ jti: string }];
    const overdue = await cairn(['submission', jti]);
    expect(overdue.out).toContain('OVERDUE');
    hub.submissions.sequence();
    const done = await cairn(['submission', jti, '--json']);
    expect(json(done)).toMatchObject([{ state: 'PUBLISHED', overdue: false, proved: true, accepted: 2 }]);
    expect((await cairn(['submission', jti])).out).toContain('proved under the pinned policy');
  });

  it('says 3 for one that the hub does not know', async () => {
    expect(await cairn(['submission', 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6'])).toMatchObject({ code: 3 });
  });
});
