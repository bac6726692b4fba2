import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkPromiseEvidence, MemberHome, type CairnClient } from '#libs/client';
import { encodeStatement } from '#libs/protocol';
import { jsonLines, runCairn } from './support/cli.js';
import { SHA256, valueOf } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

/** Every how many-th byte of a file is changed; 1 for all. */
const STRIDE = Number(process.env['PROOF_STRIDE'] ?? 29);

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
});
afterEach(() => hub.stop());

async function submitted(n = 1): Promise<string> {
  const entries = [{ type: 'sha256', value: valueOf(SHA256, n) }];
  return (await cairn.submit({ channel: 'csam', entries })).receipts[0]!.jti;
}

const down = (): void => {
  hub.intercept = (_path, response) => {
    response.writeHead(503).end();
    return true;
  };
};

describe('what is kept beside a batch', () => {
  it('is found again while the hub is down: first the promise, then the proof', async () => {
    const jti = await submitted();
    const { promise } = await cairn.submission(jti);
    down();
    expect(await cairn.submission(jti)).toMatchObject({
      offline: true,
      proved: false,
      overdue: false,
      promise,
    });
    hub.intercept = null;
    hub.submissions.sequence();
    await cairn.submission(jti);
    down();
    const kept = await cairn.submission(jti);
    expect(kept).toMatchObject({ offline: true, proved: true, state: 'SEQUENCED', logIndex: 1, accepted: 1 });
    const run = await runCairn(hub, ['submission', jti]);
    expect(run).toMatchObject({ code: 0, out: expect.stringContaining('cannot be reached') });
  });

  it('is completed by the next submission, and before a promise is called overdue', async () => {
    hub.submissions.mergeDelay = -1;
    const [first, second] = [await submitted(1), await submitted(2)];
    hub.submissions.sequence();
    await submitted(3);
    const listed = async () => (await runCairn(hub, ['audit', 'evidence'])).out;
    down();
    expect(await cairn.submission(first)).toMatchObject({ offline: true, proved: true });
    expect(await cairn.submission(second)).toMatchObject({ offline: true, proved: true });
    expect(await listed()).toContain('overdue promise');
    hub.intercept = null;
    hub.submissions.sequence();
    expect(await listed()).toContain('nothing is kept');
  });

  it('is verified again: a changed proof is refused', async () => {
    const jti = await submitted();
    hub.submissions.sequence();
    const { path } = await cairn.submission(jti);
    const file = join(path!, '00001.logged.json');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"logIndex": \d+/, '"logIndex": 2'));
    down();
    await expect(cairn.submission(jti)).rejects.toMatchObject({ code: 'PROOF_REJECTED' });
    await writeFile(file, '{}');
    await expect(cairn.submission(jti)).rejects.toMatchObject({ code: 'OUTBOX_INVALID' });
  });
});

describe('evidence of an overdue promise', () => {
  async function overdue(): Promise<string> {
    hub.submissions.mergeDelay = -1;
    return submitted();
  }
  const pinned = async () => (await new MemberHome(hub.home).load()).hub;

  it('shows the promise and the log, and says whether the log had gone past the deadline', async () => {
    const jti = await overdue();
    const early = await checkPromiseEvidence(await pinned(), await cairn.promiseEvidence(jti), 'file');
    expect(early).toMatchObject({ jti, member: 'acme', size: 1, lastTime: 1, pastDeadline: false });
    hub.log.append(encodeStatement({ kind: 'tick', time: Date.now() + 1000 }));
    const late = await checkPromiseEvidence(await pinned(), await cairn.promiseEvidence(jti), 'file');
    expect(late).toMatchObject({ size: 2, pastDeadline: true });
  });

  it('can be had when the hub denies the submission', async () => {
    const jti = await overdue();
    hub.submissions.stored.clear();
    const file = await cairn.promiseEvidence(jti);
    expect(await checkPromiseEvidence(await pinned(), file, 'file')).toMatchObject({ jti });
  });

  it('is refused when any byte is another', async () => {
    const file = await cairn.promiseEvidence(await overdue());
    const hubPolicy = await pinned();
    const taken: number[] = [];
    // The last digits are the reader's own clock, which nobody else vouches for.
    for (let at = 0; at < file.length - 16; at += STRIDE) {
      const changed = Uint8Array.from(file);
      changed[at]! ^= 1;
      await checkPromiseEvidence(hubPolicy, changed, 'file').then(
        () => taken.push(at),
        (error: unknown) => expect(error).toMatchObject({ code: 'PROOF_REJECTED' }),
      );
    }
    // Of the manifest only the payload is promised: its signature is the author's own affair.
    const text = Buffer.from(file).toString();
    const manifest = /"manifest":"([^"]+)"/.exec(text)![1]!;
    const start = text.indexOf(manifest);
    const [header, payload] = manifest.split('.') as [string, string];
    const outside = (at: number) =>
      at < start + header.length ||
      (at > start + header.length + payload.length && at < start + manifest.length);
    expect(taken.filter((at) => at < start || at >= start + manifest.length || !outside(at))).toEqual([]);
  });

  it('is not given while the promise is kept, is not due, or was never made', async () => {
    const due = await submitted();
    await expect(cairn.promiseEvidence(due)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    hub.submissions.mergeDelay = -1;
    const entries = [{ type: 'sha256', value: valueOf(SHA256, 2) }];
    const [receipt] = (await cairn.submit({ channel: 'csam', entries })).receipts;
    hub.submissions.sequence();
    await expect(cairn.promiseEvidence(receipt!.jti)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    const unknown = 'f81d4fae-7dec-41d0-a765-00a0c91e6bf6';
    await expect(cairn.promiseEvidence(unknown)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is written and checked by the command line, offline', async () => {
    const jti = await overdue();
    const file = join(hub.directory, 'evidence.json');
    const shown = await runCairn(hub, ['submission', jti]);
    expect(shown.out).toContain('OVERDUE');
    expect(await runCairn(hub, ['submission', jti, '--evidence', file])).toMatchObject({ code: 0 });
    down();
    const checked = await runCairn(hub, ['audit', 'check', file, '--json']);
    expect(jsonLines(checked)).toMatchObject([
      { proof: 'overdue-promise', jti, pastDeadline: false, proves: { promised: true, absence: false } },
    ]);
    expect((await runCairn(hub, ['audit', 'check', file])).out).toContain('NOT proved');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/"seen":\d+/, '"seen":1'));
    const untimely = await runCairn(hub, ['audit', 'check', file]);
    expect(untimely).toMatchObject({ code: 4, err: expect.stringContaining('after the deadline') });
  });
});
