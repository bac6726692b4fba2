import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { checkAnchorEvidence, checkForkEvidence, type HubPolicy } from '#libs/client';
import { pullFrom } from './support/attacks.js';
import { adds, SHA256 } from './support/signals.js';
import { TestHub } from './support/test-hub.js';

/** Every how many-th byte of a file is changed; 1 for all. */
const STRIDE = Number(process.env['PROOF_STRIDE'] ?? 13);

let hub: TestHub;
let pinned: HubPolicy;
const files = new Map<string, Buffer>();

beforeAll(async () => {
  hub = await TestHub.start();
  await hub.member();
  pinned = await hub.pinned();
  for (let n = 0; n < 3; n++) hub.feed.publish([{ shape: SHA256, changes: adds(SHA256, n, n + 1) }]);
  await pullFrom(hub);
  hub.tick(600_000);
  await expect(pullFrom(hub)).rejects.toMatchObject({ code: 'FEED_UNANCHORED' });
  hub.announce({ csam: { size: 2, root: 'ab'.repeat(32) } });
  await expect(pullFrom(hub)).rejects.toMatchObject({ code: 'FEED_FORK' });
  const path = join(hub.store, 'csam', 'evidence');
  for (const name of await readdir(path)) files.set(name.split('-')[0]!, await readFile(join(path, name)));
});
afterAll(() => hub.stop());

const check = (kind: string, file: Uint8Array) =>
  kind === 'fork' ? checkForkEvidence(pinned, file, kind) : checkAnchorEvidence(pinned, file, kind);

/** A file whose members are others; in its one spelling. */
function altered(kind: string, change: (json: Record<string, unknown>) => void): Buffer {
  const json = JSON.parse(files.get(kind)!.toString()) as Record<string, unknown>;
  change(json);
  return Buffer.from(`${JSON.stringify(json)}\n`);
}

const refusal = (kind: string, change: (json: Record<string, unknown>) => void) =>
  check(kind, altered(kind, change)).then(
    () => 'it holds',
    (error: Error) => error.message,
  );

describe('a file of evidence', () => {
  describe.each(['fork', 'unanchored'])('of kind %s', (kind) => {
    it('holds as it is', async () => {
      expect(await check(kind, files.get(kind)!)).toMatchObject({ kind });
    });

    it('does not hold with any byte changed, but for what the reader says of its own clock', async () => {
      const file = files.get(kind)!;
      const times = /"seen":\d+(?:,"read":\d+)?/.exec(file.toString('latin1'))!;
      for (let at = 0; at < file.length; at += STRIDE) {
        if (at >= times.index && at < times.index + times[0].length) continue;
        const bytes = Buffer.from(file);
        bytes[at]! ^= 1;
        const held = await check(kind, bytes).then(
          () => `byte ${at}`,
          () => null,
        );
        expect(held).toBeNull();
      }
    });

    it('is refused for another hub, with a member left out, and in another spelling', async () => {
      expect(await refusal(kind, (json) => (json['origin'] = 'other.example'))).toContain('WRONG_AUDIENCE');
      expect(await refusal(kind, (json) => delete json['seen'])).toContain('MISSING_FIELD');
      expect(await refusal(kind, (json) => (json['more'] = 1))).toContain('BAD_FRAMING');
    });
  });

  describe('of a fork', () => {
    it('is refused when the heads are one history, or none is shown', async () => {
      expect(await refusal('fork', (json) => (json['second'] = json['first']))).toContain('ROOT_MISMATCH');
      expect(await refusal('fork', (json) => (json['other'] = 'ab'.repeat(32)))).toContain('ROOT_MISMATCH');
      expect(
        await refusal('fork', (json) => ([json['first'], json['second']] = [json['second'], json['first']])),
      ).toContain('EVIDENCE_MISMATCH');
    });

    it('is a mismatch, and no more, without the root that parts them', async () => {
      const file = altered('fork', (json) => Object.assign(json, { other: null, path: [] }));
      expect(await check('fork', file)).toMatchObject({ kind: 'mismatch' });
    });
  });

  describe('of a head that is not anchored', () => {
    it('is refused when nothing shows that five minutes had passed', async () => {
      expect(await refusal('unanchored', (json) => (json['round'] = null))).toContain('EVIDENCE_MISMATCH');
    });

    it('is refused as kept back without what was published', async () => {
      expect(await refusal('unanchored', (json) => (json['kind'] = 'kept-back'))).toContain('BAD_FIELD');
    });
  });
});
