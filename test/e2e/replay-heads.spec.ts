import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { announceFeeds } from '#libs/feed';
import { provenanceOrigin, rootAt } from '#libs/ledger';
import { decodeStatement, toHex, type LogHead } from '#libs/protocol';
import { assertion } from './api-hub.js';
import { LyingHub, type Lies } from './lying-hub.js';
import { ReplayHub, value } from './replay-hub.js';

let replay: ReplayHub;
let runs = 0;
/** Log index of the submission of an author that had verified all leaves before it. */
let index: number;

beforeAll(async () => {
  replay = await ReplayHub.start();
  const { alpha, bravo } = replay.members;
  await replay.submit(alpha, [assertion('sha256', value(1))], { head: await headOf(1) });
  await announceFeeds(replay.hub.worker);
  await replay.hub.settle();
  index = await logSize();
  await replay.submit(bravo, [assertion('sha256', value(2))], { head: await headOf(index) });
});
afterAll(() => replay?.close());

async function logSize(): Promise<number> {
  const [row] = await replay.hub.worker.read('size', 'system:test', (tx) =>
    tx.query<{ size: number }>('SELECT size::float8 AS size FROM cairn.log WHERE feed IS NULL'),
  );
  return row!.size;
}

async function headOf(size: number): Promise<LogHead> {
  const origin = provenanceOrigin(replay.hub.config.origin);
  return replay.hub.worker.read('root', 'system:test', async (tx) => ({
    size,
    root: toHex(await rootAt(tx, origin, size)),
  }));
}

const audit = async (lies: Lies) => {
  const { http } = await LyingHub.of(replay.hub, lies);
  return replay.audit(`heads-${runs++}`, { http });
};

describe('the heads that authors verified', () => {
  it('are met by the log that they were heads of', async () => {
    const { code, json } = await replay.audit('honest');
    expect([code, json.differences]).toEqual([0, []]);
    // What was read is not read again, and heads are held to it all the same.
    await replay.submit(replay.members.alpha, [assertion('sha256', value(3))], { head: await headOf(index) });
    expect(await replay.audit('honest')).toMatchObject({ code: 0, json: { differences: [] } });
  });

  it('show an auditor that it is shown another history than an author was (split view)', async () => {
    // Its statements of feeds say nothing: so it has other roots from there on, and is without a fault in itself.
    const { code, json } = await audit({ keepAnchors: false });
    expect(code).toBe(4);
    expect(json.differences[0]).toMatchObject({ kind: 'wrong_head', index });
    expect(json.differences[0].detail).toContain('another root');
    expect(json.differences.every(({ kind }: { kind: string }) => kind === 'wrong_head')).toBe(true);
  });

  it('show a member the same, from the public log alone', async () => {
    const { http } = await LyingHub.of(replay.hub, {});
    const { code, json } = await replay.replayAs(replay.members.silent, http);
    expect([code, json.differences[0]]).toMatchObject([4, { kind: 'wrong_head', index }]);
  });

  it('show that leaves are gone which an author had seen', async () => {
    const leaves: Lies['leaves'] = (all) => {
      const published = all.findIndex((leaf) => decodeStatement(leaf).kind === 'published');
      const moved = all[published]!;
      return [
        ...all.slice(0, published),
        ...all.slice(published + 1, index + 1),
        moved,
        ...all.slice(index + 1),
      ];
    };
    const { code, json } = await audit({ leaves, keepAnchors: true });
    expect(code).toBe(4);
    const wrong = json.differences.filter(({ kind }: { kind: string }) => kind === 'wrong_head');
    expect(wrong[0].detail).toContain('before this log had as many');
  });
});
