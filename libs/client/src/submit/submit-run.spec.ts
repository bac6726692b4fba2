import { cp, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey, signCompactJws } from '#libs/keys';
import { PROMISE_TYP } from '#libs/protocol';
import { InterruptedFiles, Killed } from '../../../../test/client/support/interrupted-files.js';
import { durableFiles, type DurableFiles } from '../files/durable-files.js';
import type { EntryDraft } from './entry-draft.js';
import type { HubSubmissions } from './hub-submissions.js';
import { Outbox } from './outbox.js';
import { digestOf } from './receipt.js';
import { submitRun, type SubmitContext, type SubmitResult } from './submit-run.js';

const signing = generateSigningKey();
const promising = generateSigningKey();
const entries: EntryDraft[] = Array.from({ length: 5 }, (_, n) => ({
  type: 'md5',
  value: String(n).padStart(32, '0'),
}));

let directory: string;
/** What the hub stored, by jti: the bytes, and how often they arrived. */
let stored: Map<string, { bytes: string; arrivals: number }>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cairn-outbox-'));
  stored = new Map();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const hub = {
  async submit(jti: string, batch: { manifest: string; entries: string }) {
    const bytes = JSON.stringify(batch);
    const known = stored.get(jti);
    // A hub raises the alarm over the same jti with other bytes.
    if (known !== undefined && known.bytes !== bytes) throw new Error('JTI_CONFLICT');
    stored.set(jti, { bytes, arrivals: (known?.arrivals ?? 0) + 1 });
    const digest = digestOf(batch.manifest);
    const payload = {
      iss: 'hub.example',
      sub: 'acme',
      jti,
      digest,
      received: 1,
      counter: stored.size,
      deadline: 2,
    };
    return { promise: await signCompactJws({ typ: PROMISE_TYP, payload, key: promising }) };
  },
} as unknown as HubSubmissions;

const submit = (files: DurableFiles = durableFiles, path = directory): Promise<SubmitResult> => {
  const context: SubmitContext = {
    ...{ member: 'acme', origin: 'hub.example', hub, limits: { entries: 2, bytes: 10_000 } },
    outbox: new Outbox(path, files),
    signingKey: async () => signing,
    head: async () => null,
    denied: async () => {
      throw new Error('nothing is denied here');
    },
    promiseKeys: async () => [promising.publicKey],
  };
  return submitRun(context, { channel: 'csam', entries, identity: 'test' });
};

const arrivals = (): number[] => [...stored.values()].map((of) => of.arrivals);

describe('submitRun', () => {
  describe('when the process is killed at any step', () => {
    it('goes on with the same bytes, so that the hub has every batch once', async () => {
      const dry = new InterruptedFiles(durableFiles);
      await submit(dry, join(directory, 'dry'));
      let resumed = 0;
      for (let step = 1; step <= dry.steps; step++) {
        stored.clear();
        const path = join(directory, String(step));
        await submit(new InterruptedFiles(durableFiles, step), path).catch((error: unknown) => {
          if (!(error instanceof Killed)) throw error;
        });
        const sentBefore = [...stored.keys()];
        const result = await submit(durableFiles, path);
        expect(stored.size).toBe(3);
        expect(result.receipts.map(({ jti }) => jti)).toEqual([...stored.keys()]);
        expect([...stored.keys()].slice(0, sentBefore.length)).toEqual(sentBefore);
        // What the first run got a receipt for is not sent again; at most the one whose receipt was lost is.
        expect(arrivals().filter((count) => count > 1).length).toBeLessThanOrEqual(1);
        if (sentBefore.length > 0) resumed++;
        expect(await submit(durableFiles, path)).toMatchObject({ state: 'already-submitted' });
      }
      expect(resumed).toBeGreaterThan(5);
    });

    it('sends nothing before everything is stored', async () => {
      const dry = new InterruptedFiles(durableFiles);
      await submit(dry, join(directory, 'dry'));
      for (let step = 1; step <= dry.steps; step++) {
        stored.clear();
        const path = join(directory, String(step));
        await submit(new InterruptedFiles(durableFiles, step), path).catch(() => undefined);
        if (stored.size === 0) continue;
        const runs = await readdir(path);
        expect(runs).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
        return;
      }
      throw new Error('nothing was ever sent');
    });
  });

  describe('when two send the same run at the same time', () => {
    it('lets one', async () => {
      await submit(new InterruptedFiles(durableFiles, 40)).catch(() => undefined);
      const results = await Promise.allSettled([submit(), submit()]);
      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as unknown] : [],
      );
      for (const reason of refused) expect(reason).toMatchObject({ code: 'BUSY' });
      expect(stored.size).toBe(3);
    });
  });

  describe('when drafts were left behind', () => {
    it('removes those of yesterday, and leaves those that may be under way', async () => {
      await submit(new InterruptedFiles(durableFiles, 5)).catch(() => undefined);
      const [draft] = await readdir(directory);
      expect(draft).toMatch(/^draft-/);
      await cp(join(directory, draft!), join(directory, `draft-${'0'.repeat(32)}`), { recursive: true });
      const past = new Date(Date.now() - 25 * 3600 * 1000);
      await utimes(join(directory, draft!), past, past);
      await submit();
      const names = await readdir(directory);
      expect(names).not.toContain(draft);
      expect(names).toContain(`draft-${'0'.repeat(32)}`);
    });
  });
});
