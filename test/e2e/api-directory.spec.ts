import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { verifyJsonJws } from '#libs/keys';
import { readStatements } from '#libs/ledger';
import { DIRECTORY_TYP } from '#libs/protocol';
import { TestHub, type TestMember } from './api-hub.js';

interface Listed {
  member: string;
  status: string;
  since: number;
  sinceTime: number;
  keys: { key: string; purpose: string; since: number; revoked: number | null; voidFrom: number | null }[];
}

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel('csam');
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  await hub.settle();
  await hub.members.setStatus('system:operator', 'bob', 'suspended');
  await hub.members.revokeKey('system:operator', 'bob', bob.signing.publicKey.kid, 'lost', null);
  await hub.settle();
  // Asked for, not logged: nobody can check it yet.
  await hub.members.setStatus('system:operator', 'alice', 'suspended');
});
afterAll(() => hub?.close());

async function claims(): Promise<{ iss: string; size: number; members: Listed[] }> {
  const response = await fetch(`${hub.url}/directory`);
  expect(response.headers.get('cache-control')).toBe('public, max-age=30');
  const verified = await verifyJsonJws({
    token: await response.text(),
    typ: DIRECTORY_TYP,
    key: hub.promiseKey.publicKey,
    maxBytes: 100_000,
  });
  if (!verified.ok) throw new Error(verified.message);
  return verified.claims as unknown as { iss: string; size: number; members: Listed[] };
}

describe('the directory of members', () => {
  it('says to anybody, signed, who they are, with their keys and since when', async () => {
    const { iss, members } = await claims();
    expect(iss).toBe('hub.test');
    expect(members.map(({ member, status }) => [member, status])).toEqual([
      ['alice', 'active'],
      ['bob', 'suspended'],
    ]);
    const [ofAlice, ofBob] = members;
    expect(ofAlice!.keys.map(({ key, revoked }) => [key, revoked])).toContainEqual([
      alice.signing.publicKey.kid,
      null,
    ]);
    const revoked = ofBob!.keys.find(({ key }) => key === bob.signing.publicKey.kid)!;
    expect(revoked.revoked).toBeGreaterThan(revoked.since);
    expect(revoked.voidFrom).not.toBeNull();
  });

  it('says nothing but what the public log says at its size', async () => {
    const { size, members } = await claims();
    const statements = await hub.worker.read('read-log', 'system:test', (tx) =>
      readStatements(tx, 'hub.test/log', 0, size),
    );
    for (const { member, since, sinceTime, keys } of members) {
      expect(statements[since]!.statement).toMatchObject({ kind: 'member', member, time: sinceTime });
      for (const { key, purpose, since: at, revoked, voidFrom } of keys) {
        expect(statements[at]!.statement).toMatchObject({ kind: 'key', member, key, purpose });
        if (revoked === null) continue;
        expect(statements[revoked]!.statement).toMatchObject({ kind: 'key_revoked', key, from: voidFrom });
      }
    }
    const registered = statements.filter(({ statement }) => statement.kind === 'key');
    expect(registered.length).toBe(members.reduce((sum, { keys }) => sum + keys.length, 0));
  });
});
