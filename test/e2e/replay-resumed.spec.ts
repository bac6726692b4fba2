import { fork } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ReplayProgress, ReplayReport } from '#libs/client';
import { assertion } from './api-hub.js';
import { ReplayHub, value } from './replay-hub.js';
import type { ReplayMessage } from '#test/replay-child';

const CHILD = fileURLToPath(new URL('../support/replay-child.js', import.meta.url));

let replay: ReplayHub;

beforeAll(async () => {
  replay = await ReplayHub.start();
  await replay.history();
});
afterAll(() => replay.close());

/** Replays in a process of its own, which is killed when it has said `most` times how far it is. */
async function run(
  work: string,
  most: number,
): Promise<{ progress: ReplayProgress[]; report: ReplayReport | null }> {
  const child = fork(CHILD, [replay.auditor, replay.policyFile(), join(replay.directory, work)]);
  const progress: ReplayProgress[] = [];
  let report: ReplayReport | null = null;
  child.on('message', (message: ReplayMessage) => {
    if ('report' in message) report = message.report;
    else if (progress.push(message.progress) === most) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return { progress, report };
}

/** Everything but how long it took. */
const found = (report: ReplayReport): object => ({ ...report, timing: null });

const passOf = (progress: readonly ReplayProgress[], pass: ReplayProgress['pass']): number[] =>
  progress.filter((one) => one.pass === pass).map(({ done }) => done);

describe('a replay', () => {
  it('that is killed again and again goes on where it was, and comes to the same end', async () => {
    const whole = await run('whole', Infinity);
    expect(whole.report).toMatchObject({ met: true });
    let reached = 0;
    let report: ReplayReport | null = null;
    for (const most of [2, 5, 8, 40, Infinity]) {
      const { progress, ...ended } = await run('killed', most);
      report = ended.report;
      const read = passOf(progress, 'submissions');
      if (read.length > 0) expect(read[0]).toBeGreaterThanOrEqual(reached);
      reached = Math.max(reached, ...read);
    }
    expect(found(report!)).toEqual(found(whole.report!));
  }, 300_000);

  it('takes parts of the signals that were finished, and no half-written file', async () => {
    const { progress } = await run('parts', 60);
    const done = Math.max(...passOf(progress, 'signals'));
    expect(done).toBeGreaterThan(1);
    const half = join(replay.directory, 'parts', 'part-00');
    const good = readFileSync(half);
    writeFileSync(half, good.subarray(0, good.length - 1));
    const again = await run('parts', Infinity);
    expect(again.report).toMatchObject({ met: true });
    expect(passOf(again.progress, 'log')).toEqual([]);
    expect(readFileSync(half).length).toBeGreaterThanOrEqual(good.length);
  });

  it('refuses what was changed on the disk since it was written', async () => {
    const spill = join(replay.directory, 'whole', 'spill');
    const bytes = readFileSync(spill);
    // Behind the header of the first run.
    bytes[257 * 36 + 20]! ^= 1;
    writeFileSync(spill, bytes);
    const { code, err } = await replay.audit('whole');
    expect([code, JSON.parse(err)]).toMatchObject([6, { error: { code: 'STORE_DAMAGED' } }]);
  });

  it('reads only what is new when the log has grown', async () => {
    expect((await replay.audit('grown')).code).toBe(0);
    const before = await reads();
    await replay.submit(replay.members.hotline, [assertion('sha256', value(20))]);
    const { code, json } = await replay.audit('grown');
    expect([code, json.met, json.trust.whole.submissions]).toEqual([0, true, 9]);
    const after = (await reads()).slice(before.length);
    expect(after.every(({ from }) => from >= before.at(-1)!.end)).toBe(true);
    expect(after).toHaveLength(1);
  });

  it('is refused a work directory of another reader', async () => {
    expect((await replay.audit('shared')).code).toBe(0);
    const member = await replay.replayAs(replay.members.alpha, undefined, join(replay.directory, 'shared'));
    expect([member.code, JSON.parse(member.err)]).toMatchObject([6, { error: { code: 'STORE_INVALID' } }]);
  });
});

/** What the hub recorded, in order. */
function reads(): Promise<{ from: number; end: number }[]> {
  return replay.hub.database.admin.read('reads', 'system:test', (tx) =>
    tx.query(
      'SELECT from_index::float8 AS from, end_index::float8 AS end FROM cairn.evidence_read ORDER BY id',
    ),
  );
}
