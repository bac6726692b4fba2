import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkForkEvidence, type CairnClient, type ClientError, type SubmitOptions } from '#libs/client';
import { encodeStatement } from '#libs/protocol';
import { inputFile, runCairn } from './support/cli.js';
import { SHA256, valueOf } from './support/signals.js';
import { send, TestHub } from './support/test-hub.js';

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
  tick(2);
});
afterEach(() => hub.stop());

const DENIED = {
  code: 'HEAD_MISMATCH',
  field: 'manifest.head',
  rule: 'must be a head of the log',
  line: null,
};

const tick = (time: number): void => hub.log.append(encodeStatement({ kind: 'tick', time }));

const submit = (options: Partial<SubmitOptions> = {}) =>
  cairn.submit({
    channel: 'csam',
    entries: [{ type: 'sha256', value: valueOf(SHA256, 1), labels: ['a1'] }],
    identity: 'one',
    ...options,
  });

const failure = (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as ClientError,
  );

/** Names of the evidence, and what the one file of it shows. */
async function evidence(): Promise<object> {
  const directory = join(hub.home, 'hub', 'evidence');
  const [name, ...more] = await readdir(directory);
  const file = await readFile(join(directory, name!));
  const { kind, first, second } = await checkForkEvidence(await hub.pinned(), file, name!);
  return { kind, first: first.size, second: second.size, more };
}

async function outbox(): Promise<Record<string, string>> {
  const [run] = await readdir(join(hub.home, 'outbox'));
  const path = join(hub.home, 'outbox', run!);
  const names = (await readdir(path)).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')])),
  );
}

/** The hub's log, and the answers to submissions, as if it were another one from here on. */
function deny(leaves: readonly Uint8Array[] = hub.log.leaves): void {
  hub.submissions.refusal = DENIED;
  let asked = false;
  hub.intercept = (path) => {
    // The head was followed before: the log changes when the batch arrives.
    if (path === '/graphql' && !asked) {
      hub.log.rewrite([...leaves]);
      asked = true;
    }
    return false;
  };
}

describe('a hub that denies the head that a batch names', () => {
  it('is an alarm, with the note that it signed and the one that it shows now', async () => {
    deny([...hub.log.leaves, encodeStatement({ kind: 'tick', time: 3 })]);
    const error = await failure(submit());
    expect(error).toMatchObject({ code: 'HEAD_MISMATCH', kind: 'alarm' });
    expect(error.message).toContain(join(hub.home, 'hub', 'evidence'));
    expect(await evidence()).toEqual({ kind: 'mismatch', first: 2, second: 3, more: [] });
  });

  it('is one piece of evidence, however often it does so and however the log grows', async () => {
    deny();
    for (const time of [3, 4, 5]) {
      expect(await failure(submit())).toMatchObject({ code: 'HEAD_MISMATCH' });
      tick(time);
    }
    expect(await evidence()).toMatchObject({ kind: 'mismatch', more: [] });
  });

  it('takes nothing from the outbox: the same bytes are sent when it has come to its senses', async () => {
    deny();
    await failure(submit());
    const before = await outbox();
    expect(Object.keys(before)).toEqual(expect.arrayContaining(['00001.jws', '00001.ndjson', 'run.json']));
    hub.submissions.refusal = null;
    expect(await submit()).toMatchObject({ state: 'submitted', resumed: true });
    const { 'finished.json': _finished, '00001.receipt.json': _receipt, ...after } = await outbox();
    expect(after).toEqual(before);
    expect([...hub.submissions.stored.values()].map(({ jws }) => jws)).toEqual([before['00001.jws']]);
  });

  it('is shown by the note in the outbox, when the member has followed the log further or knows it no more', async () => {
    deny();
    await failure(submit());
    await rm(join(hub.home, 'hub'), { recursive: true });
    tick(3);
    expect(await failure(submit())).toMatchObject({ code: 'HEAD_MISMATCH' });
    expect(await evidence()).toEqual({ kind: 'mismatch', first: 2, second: 3, more: [] });
  });

  it('has gone back, when it shows fewer leaves', async () => {
    deny(hub.log.leaves.slice(0, 1));
    expect(await failure(submit())).toMatchObject({ code: 'HEAD_MISMATCH' });
    expect(await evidence()).toEqual({ kind: 'mismatch', first: 1, second: 2, more: [] });
  });

  it('has forked its log, when its tiles show that, and nothing is sent any more', async () => {
    const other = encodeStatement({ kind: 'tick', time: 7 });
    deny([hub.log.leaves[0]!, other, other]);
    expect(await failure(submit())).toMatchObject({ code: 'LOG_FORK', kind: 'alarm' });
    expect(await evidence()).toEqual({ kind: 'fork', first: 2, second: 3, more: [] });
    hub.submissions.refusal = null;
    expect(await failure(submit())).toMatchObject({ code: 'LOG_STOPPED' });
    expect(hub.submissions.stored.size).toBe(0);
  });

  it('cannot silence the alarm by not serving its log', async () => {
    hub.submissions.refusal = DENIED;
    let asked = false;
    hub.intercept = (path, response) => {
      asked ||= path === '/graphql';
      if (!asked || path !== '/log/checkpoint') return false;
      send(response, null);
      return true;
    };
    expect(await failure(submit())).toMatchObject({ code: 'HEAD_MISMATCH', kind: 'alarm' });
    expect(await outbox()).toHaveProperty(['head.note'], expect.stringContaining('/log\n2\n'));
  });

  it('exits with 7, and what it kept can be listed and read by cairn audit evidence', async () => {
    deny();
    const path = await inputFile(hub, 'a.txt', `${valueOf(SHA256, 1)}\n`);
    const run = await runCairn(hub, ['submit', '--channel', 'csam', '--type', 'sha256', '--json', path]);
    expect(run.code).toBe(7);
    expect(JSON.parse(run.err)).toMatchObject({ error: { code: 'HEAD_MISMATCH' } });
    const [name] = await readdir(join(hub.home, 'hub', 'evidence'));
    expect((await runCairn(hub, ['audit', 'evidence', 'list'])).out).toContain(name);
    expect(await runCairn(hub, ['audit', 'evidence', 'show', name!])).toMatchObject({ code: 0 });
  });
});
