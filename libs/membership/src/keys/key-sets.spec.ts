import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generateSigningKey, publicJwks, writePrivateJwk, type SigningKey } from '#libs/keys';
import { loadConfig, OutgoingClient } from '#libs/platform';
import { must, TestHub } from '#test/hub';
import { KeyCeremony } from '#test/key-ceremony';
import { activeKeys } from '../member-directory.js';
import { KeySetFetcher, type FetchedKeySet } from './key-set-fetcher.js';
import { findKeySet, KeySets } from './key-sets.js';

const { outgoingLoopback: allowLoopback } = loadConfig({ CAIRN_OUTGOING_LOOPBACK: 'yes' });
const setOf = (...keys: SigningKey[]): string => JSON.stringify(publicJwks(keys.map((key) => key.publicKey)));

let hub: TestHub;
let ceremony: KeyCeremony;
let staff: number[];
let server: Server;
let base: string;
/** What the member's host answers. */
let answer: (response: ServerResponse) => void;
let asked = 0;
let sets: KeySets;
let fetcher: KeySetFetcher;
let member: string;
let members = 0;
let url: string;
let keys: SigningKey[];

beforeAll(async () => {
  hub = await TestHub.create();
  ceremony = new KeyCeremony(hub.databases, hub.origin);
  staff = await ceremony.people(2);
  server = createServer((_request, response) => {
    asked += 1;
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outgoing = new OutgoingClient({ allowLoopback });
  sets = new KeySets(hub.databases.api, outgoing);
  fetcher = new KeySetFetcher(hub.worker, outgoing);
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await hub.drop();
});
beforeEach(async () => {
  member = `member-${++members}`;
  url = `${base}/${member}/jwks.json`;
  const facts = { member, name: member, kind: 'platform', group: member, accredited: false } as const;
  must(await hub.members.admit('system:test', facts));
  must(await sets.propose(staff[0]!, member, url));
  must(await sets.approve(staff[1]!, member, url));
  keys = [generateSigningKey(), generateSigningKey('ES256')];
  serve(setOf(...keys));
  asked = 0;
});

afterEach(async () => must(await sets.remove('person:1', member)));

function serve(body: string | Buffer, status = 200, headers = {}): void {
  answer = (response) => response.writeHead(status, headers).end(body);
}

/** Lets time pass for the member's set. */
async function pass(interval: string): Promise<void> {
  await hub.databases.admin.transaction('pass', 'system:test', async (tx) => {
    await tx.query(
      `UPDATE cairn.member_key_set SET due_at = due_at - $1::interval, attempted_at = attempted_at - $1::interval,
              fetched_at = fetched_at - $1::interval`,
      [interval],
    );
    await tx.query(
      `UPDATE cairn.member_key SET unlisted_at = unlisted_at - $1::interval WHERE unlisted_at IS NOT NULL`,
      [interval],
    );
  });
}

async function fetchAll(): Promise<FetchedKeySet | undefined> {
  const fetched = await fetcher.round();
  await ceremony.statements.sweep();
  await hub.settle();
  return fetched.find((set) => set.member === member);
}

async function standing(): Promise<string[]> {
  const found = await hub.databases.api.read('standing', 'system:test', (tx) =>
    activeKeys(tx, member, 'auth'),
  );
  return found.map((key) => key.record.kid).sort();
}

const kids = (...of: SigningKey[]): string[] => of.map((key) => key.publicKey.kid).sort();

describe('the URL of a JWK Set', () => {
  it('is approved by another person than proposed it, as it was shown', async () => {
    const next = `${base}/next`;
    must(await sets.propose(staff[0]!, member, next));
    expect(await sets.approve(staff[0]!, member, next)).toMatchObject({ field: 'person' });
    expect(await sets.approve(staff[1]!, member, url)).toMatchObject({ field: 'url' });
    const set = await hub.worker.read('set', 'system:test', (tx) => findKeySet(tx, member));
    expect(set).toMatchObject({ url, nextUrl: next });
  });

  it('is an https URL with a name, unless tests say otherwise', async () => {
    const strict = new KeySets(hub.databases.api, new OutgoingClient({ allowLoopback: false }));
    const bad = [
      url,
      'https://127.0.0.1/',
      'https://a.example:8443/',
      'https://u@a.example/',
      'ftp://a.example/',
    ];
    for (const address of [...bad, 'https://a.example', `https://a.example/${'x'.repeat(2048)}`, 'x']) {
      expect(await strict.propose(staff[0]!, member, address)).toMatchObject({
        code: 'BAD_INPUT',
        field: 'url',
      });
    }
    must(await strict.propose(staff[0]!, member, 'https://a.example/jwks.json'));
  });
});

describe('a JWK Set', () => {
  it('brings auth keys, each with its statement, and is read no sooner than it should be', async () => {
    expect(await fetchAll()).toEqual({ member, added: 2, failure: null });
    expect(await standing()).toEqual(kids(...keys));
    for (let i = 0; i < 3; i++) {
      must(await sets.refresh('person:1', member));
      expect(await fetchAll()).toBeUndefined();
    }
    expect(asked).toBe(1);
    await pass('31 seconds');
    expect(await fetchAll()).toEqual({ member, added: 0, failure: null });
    await pass('9 minutes');
    expect(await fetchAll()).toBeUndefined();
    await pass('1 minute');
    expect(await fetchAll()).toMatchObject({ failure: null });
    expect(asked).toBe(3);
  });

  it('is read by one of two processes', async () => {
    const rounds = await Promise.all([fetcher.round(), fetcher.round()]);
    expect(rounds.flat().filter((set) => set.member === member)).toHaveLength(1);
  });

  it('takes a key away at once when it is gone, and for good a day later', async () => {
    await fetchAll();
    serve(setOf(keys[0]!));
    await pass('11 minutes');
    await fetchAll();
    expect(await standing()).toEqual(kids(keys[0]!));
    serve(setOf(...keys));
    await pass('11 minutes');
    expect(await fetchAll()).toMatchObject({ added: 0 });
    expect(await standing()).toEqual(kids(...keys));
    serve(setOf(keys[0]!));
    await pass('11 minutes');
    await fetchAll();
    await pass('25 hours');
    await fetchAll();
    serve(setOf(...keys));
    await pass('11 minutes');
    expect(await fetchAll()).toMatchObject({ added: 0, failure: null });
    expect(await standing()).toEqual(kids(keys[0]!));
  });

  it('stands for a day when it cannot be read, and again when it can', async () => {
    await fetchAll();
    serve('gone', 503);
    await pass('23 hours');
    expect(await fetchAll()).toMatchObject({ failure: 'BAD_STATUS' });
    expect(await standing()).toEqual(kids(...keys));
    await pass('1 hour');
    expect(await fetchAll()).toMatchObject({ failure: 'BAD_STATUS' });
    expect(await standing()).toEqual([]);
    serve(setOf(...keys));
    await pass('2 minutes');
    expect(await fetchAll()).toMatchObject({ failure: null });
    expect(await standing()).toEqual(kids(...keys));
  });

  it('speaks for nobody once it was removed or another took its place', async () => {
    await fetchAll();
    must(await sets.propose(staff[1]!, member, `${base}/other`));
    must(await sets.approve(staff[0]!, member, `${base}/other`));
    expect(await standing()).toEqual([]);
    await pass('1 minute');
    await fetchAll();
    expect(await standing()).toEqual(kids(...keys));
    must(await sets.remove('person:1', member));
    expect(await standing()).toEqual([]);
    await pass('11 minutes');
    expect(await fetchAll()).toBeUndefined();
  });
});

describe('a JWK Set that is not what it should be', () => {
  const other = generateSigningKey();
  const jwk = (key: SigningKey) => JSON.parse(key.publicKey.jwk) as object;
  const cases: [string, () => string | Buffer][] = [
    ['NOT_A_JWKS', () => 'none'],
    ['NOT_A_JWKS', () => Buffer.from([0xff])],
    [
      'DUPLICATE_KID',
      () => JSON.stringify({ keys: [keys[0]!, other].map((key) => ({ ...jwk(key), kid: 'a' })) }),
    ],
    ['DUPLICATE_KEY', () => JSON.stringify({ keys: [jwk(other), jwk(other)] })],
    ['PRIVATE_MEMBER', () => JSON.stringify({ keys: [jwk(keys[0]!), JSON.parse(writePrivateJwk(other))] })],
    [
      'SMALL_ORDER_POINT',
      () => JSON.stringify({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: `AQ${'A'.repeat(41)}` }] }),
    ],
    ['TOO_LARGE', () => setOf(other) + ' '.repeat(64 * 1024)],
    ['TOO_MANY_NEW_KEYS', () => setOf(...Array.from({ length: 15 }, () => generateSigningKey()))],
  ];

  it.each(cases)('is refused whole: %s', async (failure, body) => {
    await fetchAll();
    serve(body());
    await pass('11 minutes');
    expect(await fetchAll()).toEqual({ member, added: 0, failure });
    expect(await standing()).toEqual(kids(...keys));
  });

  it('gives its member neither a key of another nor one for signing', async () => {
    const stranger = await hub.admit(`stranger-${members}`);
    serve(setOf(...keys, stranger.signing));
    expect(await fetchAll()).toEqual({ member, added: 2, failure: 'KEY_OF_ANOTHER' });
    const signing = await ceremony.firstKey(member, 'signing', staff);
    await hub.settle();
    serve(setOf(...keys, signing));
    await pass('11 minutes');
    expect(await fetchAll()).toEqual({ member, added: 0, failure: 'SIGNING_KEY' });
    expect(await standing()).toEqual(kids(...keys));
  });

  it('is not looked for elsewhere when its host redirects', async () => {
    await fetchAll();
    serve('', 302, { location: `${base}/elsewhere` });
    await pass('11 minutes');
    asked = 0;
    expect(await fetchAll()).toMatchObject({ failure: 'REDIRECTED' });
    expect(asked).toBe(1);
    expect(await standing()).toEqual(kids(...keys));
  });
});
