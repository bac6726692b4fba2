import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClientError } from '#libs/client';
import { answering, hubWithStore, pullFrom, snapshot } from './support/attacks.js';
import { SHA256, valueOf } from './support/signals.js';
import type { TestHub } from './support/test-hub.js';

/** As large as a log can say it is; and one that differs from an honest one in its size only. */
const SIZES = [2 ** 53 - 1, 2 ** 40, 1_000_000];

let hub: TestHub;
beforeEach(async () => {
  hub = await hubWithStore();
});
afterEach(() => hub.stop());

const failure = (work: Promise<unknown>): Promise<ClientError> =>
  work.then(
    () => {
      throw new Error('it went through');
    },
    (error: unknown) => error as ClientError,
  );

/** Somebody with the log's key signs a head for which there are no leaves, so that no honest head would ever be larger. */
describe('a log that is fast-forwarded', () => {
  it.each(SIZES)('to %i leaves is not followed by a pull: what is signed must be there', async (size) => {
    const before = await snapshot(hub);
    const head = () => hub.feed.log.checkpoint({ size, root: new Uint8Array(32).fill(5) });
    hub.intercept = answering(
      (path) => path === '/feed/csam/checkpoint',
      async () => Buffer.from(await head()),
    );
    const asked = hub.requests.length;
    expect((await failure(pullFrom(hub))).code).toMatch(/^LOG_(GAP|MISMATCH)$/);
    expect(hub.requests.length - asked).toBeLessThan(40);
    expect(await snapshot(hub)).toBe(before);
    hub.intercept = null;
    await expect(pullFrom(hub)).resolves.toMatchObject({ changed: true });
  });

  it.each(SIZES)('to %i leaves is not followed by a submission, which would sign that head', async (size) => {
    const cairn = await hub.client();
    const submit = (n: number) =>
      cairn.submit({ channel: 'csam', entries: [{ type: 'sha256', value: valueOf(SHA256, n) }] });
    await submit(500);
    const head = () => hub.log.checkpoint({ size, root: new Uint8Array(32).fill(5) });
    hub.intercept = answering(
      (path) => path === '/log/checkpoint',
      async () => Buffer.from(await head()),
    );
    const asked = hub.requests.length;
    expect(await failure(submit(501))).toMatchObject({ code: 'PROOF_REJECTED', kind: 'verification' });
    expect(hub.requests.length - asked).toBeLessThan(40);
    hub.intercept = null;
    await expect(submit(502)).resolves.toMatchObject({ state: 'submitted' });
    expect(
      [...hub.submissions.stored.values()].every(({ manifest }) => (manifest.head?.size ?? 0) < 10),
    ).toBe(true);
  });
});
