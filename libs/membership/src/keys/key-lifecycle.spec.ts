import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { generateSigningKey, type SigningKey } from '#libs/keys';
import type { Statement } from '#libs/protocol';
import { must, TestHub, WAIVED } from '#test/hub';
import { checkHistory } from '#test/history';
import { KeyCeremony, OWN_ADMIN } from '#test/key-ceremony';
import { assertion, TestMember } from '#test/member';
import { replay } from '#test/replay';
import { lockMember } from '../lock-member.js';
import { KeyLifecycle } from './key-lifecycle.js';

const SHA256 = 3;
const DAY_MS = 86_400_000;
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

let hub: TestHub;
let ceremony: KeyCeremony;
let lifecycle: KeyLifecycle;
let staff: number[];
let member: TestMember;
let members = 0;

beforeAll(async () => {
  hub = await TestHub.create();
  ceremony = new KeyCeremony(hub.databases, hub.origin);
  lifecycle = new KeyLifecycle(hub.databases.api);
  staff = await ceremony.people(2);
});
afterAll(() => hub.drop());
beforeEach(async () => {
  const name = `member-${++members}`;
  const facts = { member: name, name, kind: 'platform', group: name, accredited: false } as const;
  must(await hub.members.admit('system:test', facts));
  must(await hub.channels.setRight('system:test', name, 'csam', { submit: true, receive: true }, WAIVED));
  member = new TestMember(name, hub.origin, await ceremony.firstKey(name, 'signing', staff));
  await settle();
});

async function settle(): Promise<void> {
  await ceremony.statements.sweep();
  await hub.settle();
}

async function submit(text: string, claims: { iat?: number } = {}, key: SigningKey = member.signing) {
  const author = new TestMember(member.name, hub.origin, key);
  return hub.receive(author, await author.batch('csam', [assertion('sha256', hash(text))], claims));
}

const name = () => ({ member: member.name, key: member.signing.publicKey.kid });

const holds = async (text: string): Promise<boolean> => (await hub.held('csam', SHA256)).includes(hash(text));

async function revocation(): Promise<(Statement & { index: number }) | undefined> {
  const rows = await hub.worker.read('revocation', 'system:test', (tx) =>
    tx.query<{ body: Statement; index: number }>(
      `SELECT body, log_index::float8 AS index FROM cairn.pending_statement WHERE dedup_key = $1`,
      [`key_revoked:${member.signing.publicKey.kid}`],
    ),
  );
  return rows[0] && { ...rows[0].body, index: rows[0].index };
}

/** Sets what is past in a database that has no clock to be set. */
async function rewind(sql: string, parameters: unknown[]): Promise<void> {
  await hub.databases.admin.transaction('rewind', 'system:test', async (tx) => {
    await tx.query('ALTER TABLE cairn.member_key DISABLE TRIGGER member_key_guard');
    await tx.query(sql, parameters);
    await tx.query('ALTER TABLE cairn.member_key ENABLE TRIGGER member_key_guard');
  });
}

describe('a key that is retired', () => {
  const seconds = (ms: number): number => Math.floor(ms / 1000);

  it('signs for what was written before, beside its successor, for seven days', async () => {
    const next = await ceremony.nextKey(member.name, 'signing', member.signing);
    await settle();
    const before = Date.now();
    const retired = await lifecycle.retire(OWN_ADMIN, name());
    const { overlapEndsAt } = retired as { overlapEndsAt: Date };
    expect(overlapEndsAt.getTime() - before).toBeGreaterThan(7 * DAY_MS - 2000);
    expect(await submit(`early ${members}`, { iat: seconds(before) - 5 })).toMatchObject({ ok: true });
    expect(await submit(`late ${members}`, { iat: seconds(before) + 5 })).toMatchObject({
      ok: false,
      code: 'KEY_NOT_ACTIVE',
      field: 'manifest.iat',
    });
    expect(await submit(`next ${members}`, {}, next)).toMatchObject({ ok: true });
    await settle();
    expect(await revocation()).toBeUndefined();
    expect(await lifecycle.retire(OWN_ADMIN, name())).toMatchObject({ code: 'NOT_ALLOWED' });
    for (const overlapDays of [6, 91, 7.5]) {
      expect(await lifecycle.retire(OWN_ADMIN, { ...name(), overlapDays })).toMatchObject({
        field: 'overlapDays',
      });
    }
  });

  it('ends with a statement that voids nothing, once what it signed in time is logged', async () => {
    must(await lifecycle.retire(OWN_ADMIN, name()));
    expect(await submit(`waits ${members}`, { iat: seconds(Date.now()) - 60 })).toMatchObject({ ok: true });
    await rewind(
      `UPDATE cairn.member_key SET not_after = not_after - interval '8 days', overlap_ends_at = overlap_ends_at - interval '8 days'
        WHERE thumbprint = $1`,
      [name().key],
    );
    expect(await submit(`too late ${members}`, { iat: seconds(Date.now() - 9 * DAY_MS) })).toMatchObject({
      code: 'KEY_NOT_ACTIVE',
    });
    await ceremony.statements.sweep();
    expect(await revocation()).toBeUndefined();
    await hub.settle();
    await Promise.all([ceremony.statements.sweep(), ceremony.statements.sweep()]);
    // Statements that come between must not be taken for its own place.
    must(await hub.members.regroup('system:test', member.name, 'elsewhere'));
    await hub.settle();
    const { index, ...ended } = (await revocation())!;
    expect(ended).toMatchObject({ kind: 'key_revoked', reason: 'retired', from: index });
    expect(await holds(`waits ${members}`)).toBe(true);
    await checkHistory(hub.worker, hub.origin);
    expect((await replay(hub.worker, hub.origin)).rootsMet).toBeGreaterThan(0);
  });

  it('vouches for no other', async () => {
    must(await lifecycle.retire(OWN_ADMIN, name()));
    expect((await ceremony.request(member.name, 'signing', generateSigningKey())).route).toBe('ceremony');
  });
});

describe('a key that is revoked from a moment', () => {
  const revoke = (since: Date | null, reason: 'compromised' | 'lost' = 'compromised') =>
    lifecycle.revoke(OWN_ADMIN, {
      member: member.name,
      key: member.signing.publicKey.kid,
      reason,
      since,
    });
  const moment = async (): Promise<Date> => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const now = new Date();
    await new Promise((resolve) => setTimeout(resolve, 5));
    return now;
  };

  it('loses what was received from then on, logged or not, and keeps what was logged before', async () => {
    must(await submit(`kept ${members}`));
    await settle();
    const since = await moment();
    must(await submit(`logged ${members}`));
    await settle();
    must(await submit(`waiting ${members}`));
    must(await revoke(since));
    // At once, long before the statement is logged.
    expect(await submit(`after ${members}`)).toMatchObject({ code: 'KEY_NOT_ACTIVE' });
    await hub.decideAll();
    await settle();
    expect(
      await Promise.all(['kept', 'logged', 'waiting'].map((text) => holds(`${text} ${members}`))),
    ).toEqual([true, false, false]);
    expect((await replay(hub.worker, hub.origin)).rootsMet).toBeGreaterThan(0);
  });

  it('names no index that would show whose submission it was: those of others count too', async () => {
    const other = await hub.admit(`bystander-${members}`);
    const since = await moment();
    must(await hub.receive(other, await other.batch('csam', [assertion('sha256', hash(`by ${members}`))])));
    await settle();
    must(await submit(`thief ${members}`));
    await settle();
    must(await revoke(since));
    await settle();
    const [row] = await hub.worker.read('index', 'system:test', (tx) =>
      tx.query<{ index: number }>(
        `SELECT log_index::float8 AS index FROM cairn.submission s JOIN cairn.member m ON m.id = s.member_id WHERE m.handle = $1`,
        [other.name],
      ),
    );
    expect(await revocation()).toMatchObject({ from: row!.index, reason: 'compromised' });
    expect([await holds(`by ${members}`), await holds(`thief ${members}`)]).toEqual([true, false]);
  });

  it('loses what waited for its place, however it was received: none of a thief slips through', async () => {
    must(await submit(`waits ${members}`));
    const since = await moment();
    must(await revoke(since));
    await ceremony.statements.sweep();
    await settle();
    expect(await holds(`waits ${members}`)).toBe(false);
  });

  it('loses nothing that was logged when it was only lost', async () => {
    must(await submit(`kept ${members}`));
    await settle();
    must(await revoke(null, 'lost'));
    await settle();
    const { index, ...ended } = (await revocation())!;
    expect(ended).toMatchObject({ from: index, reason: 'lost' });
    expect(await holds(`kept ${members}`)).toBe(true);
  });

  it('is refused without a moment, in the future, twice, and of another member', async () => {
    expect(await revoke(null)).toMatchObject({ code: 'BAD_INPUT', field: 'since' });
    expect(await revoke(new Date(Date.now() + 60_000))).toMatchObject({ code: 'BAD_INPUT', field: 'since' });
    const key = member.signing.publicKey.kid;
    expect(
      await lifecycle.revoke(OWN_ADMIN, { member: 'member-1', key, reason: 'lost', since: null }),
    ).toMatchObject({ code: 'NOT_FOUND' });
    must(await revoke(new Date()));
    expect(await revoke(new Date())).toMatchObject({ code: 'NOT_ALLOWED', rule: 'is revoked already' });
  });
});

describe('the end of a key and what is received of its member', () => {
  const TIME_MS = 150;

  /** Begins `work` while somebody has the member to itself, and goes on with `meanwhile` there; how work ended, and whether it waited. */
  async function duringLock<T>(
    work: () => Promise<T>,
    meanwhile?: string,
  ): Promise<{ ended: T; waited: boolean }> {
    const id = await hub.idOf(member);
    let lock!: () => void;
    let release!: () => void;
    const locked = new Promise<void>((resolve) => (lock = resolve));
    const released = new Promise<void>((resolve) => (release = resolve));
    const holder = hub.worker.transaction('hold-member', 'system:test', async (tx) => {
      await lockMember(tx, id);
      lock();
      await released;
      if (meanwhile !== undefined) await tx.query(meanwhile, [member.signing.publicKey.kid]);
    });
    await locked;
    let done = false;
    const working = work().finally(() => (done = true));
    await new Promise((resolve) => setTimeout(resolve, TIME_MS));
    const waited = !done;
    release();
    const [ended] = await Promise.all([working, holder]);
    return { ended, waited };
  }

  it('take turns: what comes second sees what the first did', async () => {
    const end = `UPDATE cairn.member_key SET state = 'revoked', end_reason = 'lost' WHERE thumbprint = $1`;
    expect(await duringLock(() => submit(`second ${members}`), end)).toMatchObject({
      waited: true,
      ended: { ok: false, code: 'KEY_NOT_ACTIVE' },
    });
  });

  it.each([
    ['revoked', () => lifecycle.revoke(OWN_ADMIN, { ...name(), reason: 'lost', since: null })],
    ['retired', () => lifecycle.retire(OWN_ADMIN, name())],
    [
      'revoked by the operator',
      () => hub.members.revokeKey('system:test', member.name, name().key, 'lost', null),
    ],
  ])('take turns when it is %s', async (_how, work: () => Promise<{ ok: boolean }>) => {
    expect(await duringLock(work)).toMatchObject({ waited: true, ended: { ok: true } });
  });

  it('do not wait for another member', async () => {
    const other = await hub.admit(`other-${members}`);
    const entries = [assertion('sha256', hash(`other ${members}`))];
    const batch = await other.batch('csam', entries);
    expect(await duringLock(() => hub.receive(other, batch))).toMatchObject({
      waited: false,
      ended: { ok: true },
    });
  });
});
