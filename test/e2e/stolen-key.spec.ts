import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { KeyLifecycle } from '#libs/membership';
import { must, TestHub, WAIVED } from '#test/hub';
import { KeyCeremony, OWN_ADMIN } from '#test/key-ceremony';
import { FeedFollower } from '#test/log-follower';
import { assertion, retraction, TestMember } from '#test/member';
import { replay } from '#test/replay';

const SIGNALS = 1_000;
const values = Array.from({ length: SIGNALS }, (_, i) =>
  createHash('sha256').update(`signal ${i}`).digest('hex'),
).sort();
const later = createHash('sha256').update('said in good faith after the theft').digest('hex');

let hub: TestHub;
let ceremony: KeyCeremony;
let staff: number[];
let hotline: TestMember;
let follower: FeedFollower;

beforeAll(async () => {
  hub = await TestHub.create();
  ceremony = new KeyCeremony(hub.databases, hub.origin);
  staff = await ceremony.people(2);
  follower = new FeedFollower(hub.worker, hub.origin, 'csam');
  must(
    await hub.members.admit('system:test', {
      member: 'hotline',
      name: 'Hotline',
      kind: 'hotline',
      group: 'hotline',
      accredited: true,
    }),
  );
  must(
    await hub.channels.setRight('system:test', 'hotline', 'csam', { submit: true, receive: true }, WAIVED),
  );
  hotline = new TestMember('hotline', hub.origin, await ceremony.firstKey('hotline', 'signing', staff));
  await hub.settle();
});
afterAll(() => hub.drop());

async function say(author: TestMember, entries: ReturnType<typeof assertion>[]): Promise<void> {
  must(await hub.receive(author, await author.batch('csam', entries, { attribution: 'named' })));
  await hub.settle();
}

/** What a member that pulls the feed holds, every pack applied under its set root. */
async function pulled(): Promise<string[]> {
  await follower.poll();
  return [...follower.keys('sha256')].sort();
}

describe("a thief with a hotline's signing key", () => {
  it("takes the hotline's signals out of the feed, and revocation brings all of them back", async () => {
    await say(
      hotline,
      values.map((value) => assertion('sha256', value)),
    );
    expect(await pulled()).toEqual(values);
    await sleep(5);
    const stolen = new Date();
    await sleep(5);
    await say(
      hotline,
      values.map((value) => retraction('sha256', value, 'false_positive')),
    );
    expect(await pulled()).toEqual([]);
    // The hotline does not know yet.
    await say(hotline, [assertion('sha256', later)]);
    expect(await pulled()).toEqual([later]);

    const key = hotline.signing.publicKey.kid;
    must(
      await new KeyLifecycle(hub.databases.api).revoke(OWN_ADMIN, {
        member: 'hotline',
        key,
        reason: 'compromised',
        since: stolen,
      }),
    );
    await ceremony.statements.sweep();
    await hub.settle();
    expect(await pulled()).toEqual(values);
  });

  it('leaves the author to say again, with a good key, what it stands by', async () => {
    const good = new TestMember('hotline', hub.origin, await ceremony.firstKey('hotline', 'signing', staff));
    await hub.settle();
    await say(good, [assertion('sha256', later)]);
    expect(await pulled()).toEqual([...values, later].sort());
    const thief = await hotline.batch('csam', [retraction('sha256', values[0]!)]);
    expect(await hub.receive(hotline, thief)).toMatchObject({ ok: false, code: 'KEY_NOT_ACTIVE' });
    const { rootsMet } = await replay(hub.worker, hub.origin);
    expect(rootsMet).toBeGreaterThanOrEqual(5);
  });
});
