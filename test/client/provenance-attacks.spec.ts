import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  checkForkEvidence,
  type CairnClient,
  type ClientError,
  type EntryDraft,
  type SubmitOptions,
} from '#libs/client';
import { encodeStatement } from '#libs/protocol';
import { SHA256, valueOf } from './support/signals.js';
import { send, TestHub } from './support/test-hub.js';

let hub: TestHub;
let cairn: CairnClient;

beforeEach(async () => {
  hub = await TestHub.start();
  cairn = await hub.member();
});
afterEach(() => hub.stop());

const drafts = (count: number): EntryDraft[] =>
  Array.from({ length: count }, (_, n) => ({
    type: 'sha256',
    value: valueOf(SHA256, n),
    labels: ['b2', 'a1'],
  }));

const submit = (options: Partial<SubmitOptions> = {}) =>
  cairn.submit({ channel: 'csam', entries: drafts(3), ...options });

const failure = (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as ClientError,
  );

describe('the provenance log', () => {
  describe('when it contradicts what was verified', () => {
    it('proves by the tiles of the log that its key signed another past, and stops', async () => {
      const evidence = join(hub.home, 'hub', 'evidence');
      const [first] = hub.log.leaves;
      const tick = (time: number) => encodeStatement({ kind: 'tick', time });
      hub.log.rewrite([first!, tick(2)]);
      await submit();
      hub.log.rewrite([first!, tick(3), tick(3)]);
      const error = await failure(submit({ entries: drafts(9) }));
      expect(error).toMatchObject({ code: 'LOG_FORK', kind: 'alarm' });
      const kept = await readdir(evidence);
      expect(kept).toEqual([expect.stringMatching(/^fork-/)]);
      expect(error.message).toContain(join(evidence, kept[0]!));
      const file = await readFile(join(evidence, kept[0]!));
      expect(await checkForkEvidence(await hub.pinned(), file, 'fork')).toMatchObject({
        ...{ kind: 'fork', first: { size: 2 }, second: { size: 3 } },
      });
      expect(await failure(submit({ entries: drafts(9) }))).toMatchObject({ code: 'LOG_STOPPED' });
    });

    it('keeps both notes, each contradiction once, when the tiles show nothing', async () => {
      const evidence = join(hub.home, 'hub', 'evidence');
      const [first] = hub.log.leaves;
      const tick = (time: number) => encodeStatement({ kind: 'tick', time });
      hub.log.rewrite([first!, tick(2)]);
      await submit();
      hub.intercept = (path, response) => {
        if (path.startsWith('/log/tile/0/')) send(response, Buffer.alloc(3 * 32, 7));
        return path.startsWith('/log/tile/0/');
      };
      for (const time of [3, 3, 4]) {
        hub.log.rewrite([first!, tick(time), tick(time)]);
        const error = await failure(submit({ entries: drafts(9) }));
        expect(error).toMatchObject({ code: 'PROOF_REJECTED' });
        expect(error.message).toContain(evidence);
      }
      const kept = await readdir(evidence);
      expect(kept).toEqual([expect.stringMatching(/^mismatch-/), expect.stringMatching(/^mismatch-/)]);
      const file = await readFile(join(evidence, kept[0]!));
      expect(await checkForkEvidence(await hub.pinned(), file, 'mismatch')).toMatchObject({
        ...{ kind: 'mismatch', first: { size: 2 }, second: { size: 3 } },
      });
    });

    it('follows it no more when its key signed two roots for one size', async () => {
      const [first] = hub.log.leaves;
      const honest = encodeStatement({ kind: 'tick', time: 2 });
      hub.log.rewrite([first!, honest]);
      await submit();
      hub.log.rewrite([first!, encodeStatement({ kind: 'tick', time: 3 })]);
      expect(await failure(submit({ entries: drafts(9) }))).toMatchObject({ code: 'LOG_FORK' });
      hub.log.rewrite([first!, honest]);
      expect(await failure(submit({ entries: drafts(9) }))).toMatchObject({ code: 'LOG_STOPPED' });
      await rm(join(hub.home, 'hub', 'evidence'), { recursive: true });
      expect(await submit({ entries: drafts(9) })).toMatchObject({ state: 'submitted' });
    });
  });
});
