import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ChannelTickets } from '#libs/access';
import { deriveCheckpointKey } from '#libs/keys';
import { decodeStatement, openPack, parseStrictJson, readRound } from '#libs/protocol';
import {
  decodeEntryBundle,
  decodeTile,
  formatVerifierKey,
  leafHash,
  NOTE_SIGNATURE,
  parsePolicy,
  rootOfLeafHashes,
  verifierKey,
  verifyCheckpoint,
} from '#libs/tlog';
import { answered, assertion, randomValue, retraction, TestHub, type TestMember } from './api-hub.js';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
beforeAll(async () => {
  hub = await TestHub.start();
  await hub.createChannel('csam');
  await hub.createChannel('tvec');
  alice = await hub.admit('alice');
  bob = await hub.admit('bob');
  await hub.allow(alice, 'csam', { submit: true, receive: true });
  await hub.allow(bob, 'tvec', { submit: true, receive: true });
  await hub.settle();
  answered(
    await hub.submit(alice, 'csam', [assertion('sha256', randomValue()), assertion('sha256', randomValue())]),
  );
  await hub.settle();
});
afterAll(() => hub?.close());

async function get(path: string, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(`${hub.url}${path}`, { headers, method });
  return {
    status: response.status,
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

function verified(note: Buffer, origin: string) {
  const key = verifierKey(origin, NOTE_SIGNATURE, deriveCheckpointKey(hub.checkpointSeed, origin).publicKey);
  return verifyCheckpoint(parsePolicy(`log ${formatVerifierKey(key)}\nquorum none\n`), note, origin);
}

async function ticketOf(member: TestMember, channel: string) {
  const query = 'query ($id: ID!) { feed(id: $id) { ... on Feed { ticket { prefix cookie expiresAt } } } }';
  return (await hub.graphql(member, query, { id: channel })).body.data.feed.ticket as {
    prefix: string;
    cookie: string;
    expiresAt: string;
  };
}

/** Digests of the packs that are stored, by round. */
async function stored(): Promise<string[]> {
  const rows = await hub.database.admin.read('packs', 'system:test', (tx) =>
    tx.query<{ digest: string }>(
      `SELECT encode(digest, 'hex') AS digest FROM cairn.pack ORDER BY first_round, digest`,
    ),
  );
  return rows.map(({ digest }) => digest);
}

/** Publishes an entry of alice, which no checkpoint covers yet. */
async function advance(entry: object): Promise<void> {
  answered(await hub.submit(alice, 'csam', [entry]));
  await hub.decide();
  await hub.sequence();
  await hub.project();
}

describe('the provenance log', () => {
  it('can be read by everybody and leads to its checkpoint', async () => {
    const checkpoint = await get('/log/checkpoint');
    expect(checkpoint.status).toBe(200);
    expect(checkpoint.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(checkpoint.headers.get('cache-control')).toBe('public, max-age=2');
    const { size, root } = verified(checkpoint.bytes, 'hub.test/log');
    const bundle = await get(`/log/tile/entries/000.p/${size}`);
    expect(bundle.headers.get('content-type')).toBe('application/octet-stream');
    expect(bundle.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const leaves = decodeEntryBundle(bundle.bytes, size);
    expect(rootOfLeafHashes(leaves.map(leafHash))).toEqual(new Uint8Array(root));
    const tile = decodeTile((await get(`/log/tile/0/000.p/${size}`)).bytes, size);
    expect(Buffer.concat(tile)).toEqual(Buffer.concat(leaves.map(leafHash)));
    expect(decodeStatement(leaves[0]!)).toMatchObject({ kind: 'hub', origin: 'hub.test' });
  });

  it('is answered to HEAD without a body', async () => {
    for (const path of ['/log/checkpoint', '/log/tile/0/000.p/1']) {
      const [head, full] = [await get(path, {}, 'HEAD'), await get(path)];
      expect([head.status, head.bytes.length]).toEqual([200, 0]);
      expect(head.headers.get('content-length')).toBe(String(full.bytes.length));
      expect(head.headers.get('cache-control')).toBe(full.headers.get('cache-control'));
    }
  });

  it('shows nothing that no checkpoint covers', async () => {
    const { size } = verified((await get('/log/checkpoint')).bytes, 'hub.test/log');
    await hub.admit('later');
    await hub.sequence();
    expect((await get(`/log/tile/entries/000.p/${size + 1}`)).status).toBe(404);
    expect((await get(`/log/tile/0/000.p/${size + 1}`)).status).toBe(404);
    await hub.settle();
    expect((await get(`/log/tile/0/000.p/${size + 1}`)).status).toBe(200);
  });

  it.each([
    'tile/0/000',
    'tile/1/000',
    'tile/7/000',
    'tile/63/000.p/1',
    'tile/0/001',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/0',
    'tile/64/000',
    'tile/0/x000/000',
    'tile/entries/x999/x999/x999/x999/x999/999',
    'tile/x/000',
    'tile/',
    'tile/0/000.p/1/',
    'tile/..%2f..%2fetc/passwd',
    'tile/0/000%00',
    'entries',
    '',
  ])('has nothing at %s', async (path) => {
    expect((await get(`/log/${path}`)).status).toBe(404);
  });
});

describe('a feed', () => {
  it('can be read with a ticket as prefix or as cookie, down to its packs', async () => {
    const { prefix, cookie, expiresAt } = await ticketOf(alice, 'csam');
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(290_000);
    const byPrefix = (path: string) => get(`${prefix}/feed/csam/${path}`);
    const byCookie = (path: string) => get(`/feed/csam/${path}`, { cookie: `other=1; ${cookie}` });
    for (const read of [byPrefix, byCookie]) {
      const checkpoint = await read('checkpoint');
      expect(checkpoint.headers.get('cache-control')).toBe('private, max-age=2');
      const { size } = verified(checkpoint.bytes, 'hub.test/feed/csam');
      const bundle = await read(`tile/entries/000.p/${size}`);
      expect(bundle.headers.get('cache-control')).toBe('private, max-age=604800, immutable');
      const text = Buffer.from(decodeEntryBundle(bundle.bytes, size).at(-1)!).toString();
      const round = readRound(parseStrictJson(text), text);
      if (round.kind !== 'round') throw new Error('no round');
      const announced = round.changes[0]!.packs[0]!;
      const pack = await read(`pack/${announced.digest}`);
      expect(pack.headers.get('content-type')).toBe('application/octet-stream');
      expect(pack.headers.get('cache-control')).toBe('private, max-age=604800, immutable');
      expect(createHash('sha256').update(pack.bytes).digest('hex')).toBe(announced.digest);
      expect(openPack('sha256', announced, pack.bytes).added.count).toBe(2);
      expect((await read(`tile/0/000.p/${size}`)).bytes.length).toBe(32 * size);
      for (const path of [
        'checkpoint/',
        'pack/',
        `pack/${'0'.repeat(64)}`,
        `pack/${announced.digest.toUpperCase()}`,
        'tile/0/001',
        'x',
        '',
      ]) {
        expect([path, (await read(path)).status]).toEqual([path, 404]);
      }
    }
  });

  it('gives a pack out once a checkpoint covers the first round that announces it', async () => {
    const { prefix } = await ticketOf(alice, 'csam');
    const statuses = async (digests: readonly string[]) =>
      Promise.all(digests.map(async (digest) => (await get(`${prefix}/feed/csam/pack/${digest}`)).status));
    const value = randomValue();
    await advance(assertion('md5', value.slice(0, 32)));
    const first = await stored();
    expect(await statuses(first)).toEqual([...first.slice(1).map(() => 200), 404]);
    await hub.sign();
    expect(await statuses(first)).toEqual(first.map(() => 200));

    // The set goes back and forth: the last round announces the pack of the first anew.
    await advance(retraction('md5', value.slice(0, 32)));
    await advance(assertion('md5', value.slice(0, 32)));
    const all = await stored();
    expect(all).toHaveLength(first.length + 1);
    expect(await statuses(all)).toEqual([...first.map(() => 200), 404]);
    await hub.sign();
    expect(await statuses(all)).toEqual(all.map(() => 200));
  });

  it('gives a pack out of memory to nobody who may not have it, and no longer than it is stored', async () => {
    const { prefix } = await ticketOf(alice, 'csam');
    const ofBob = await ticketOf(bob, 'tvec');
    await advance(assertion('md5', randomValue().slice(0, 32)));
    await hub.sign();
    const digest = (await stored()).at(-1)!;
    const own = `${prefix}/feed/csam/pack/${digest}`;
    const [first, again] = [await get(own), await get(own)];
    expect([first.status, again.bytes]).toEqual([200, first.bytes]);
    expect((await get(`${ofBob.prefix}/feed/tvec/pack/${digest}`)).status).toBe(404);
    await hub.database.admin.transaction('delete-pack', 'system:test', (tx) =>
      tx.query(`DELETE FROM cairn.pack WHERE digest = decode($1, 'hex')`, [digest]),
    );
    expect((await get(own)).status).toBe(404);
  });

  it('costs one small request when nothing changed', async () => {
    const { prefix } = await ticketOf(alice, 'csam');
    const { bytes, headers } = await get(`${prefix}/feed/csam/checkpoint`);
    const sent = [...headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    expect(bytes.length + sent).toBeLessThan(1024);
  });

  it('is answered to HEAD', async () => {
    const { prefix } = await ticketOf(alice, 'csam');
    const head = await get(`${prefix}/feed/csam/checkpoint`, {}, 'HEAD');
    expect([head.status, head.bytes.length]).toEqual([200, 0]);
    expect((await get('/feed/csam/checkpoint', {}, 'HEAD')).status).toBe(401);
  });

  it('does not say without a ticket whether it exists', async () => {
    const paths = [
      'csam/checkpoint',
      'nothing/checkpoint',
      'csam/x',
      'csam',
      '',
      'tvec/pack/00',
      '../log/x',
      `csam/pack/${'0'.repeat(64)}`,
    ];
    const seen = new Set<string>();
    for (const path of paths) {
      const { status, headers, bytes } = await get(`/feed/${path}`);
      if (path === '../log/x') continue;
      seen.add(
        JSON.stringify([
          status,
          headers.get('www-authenticate'),
          headers.get('cache-control'),
          bytes.toString(),
        ]),
      );
    }
    expect([...seen]).toEqual([
      JSON.stringify([401, 'CairnTicket', 'no-store', 'a channel ticket is needed\n']),
    ]);
  });

  it('does not say with a ticket for another channel whether it exists', async () => {
    const { prefix, cookie } = await ticketOf(bob, 'tvec');
    const ticket = prefix.slice('/ticket/'.length);
    expect((await get(`${prefix}/feed/tvec/checkpoint`)).status).toBe(200);
    const seen = new Set<string>();
    for (const channel of ['csam', 'nothing', 'tvec2', 'TVEC', '%74vec2', 'tve']) {
      const one = await get(`${prefix}/feed/${channel}/checkpoint`);
      const other = await get(`/feed/${channel}/checkpoint`, {
        cookie: `cairn_ticket_${decodeURIComponent(channel)}=${ticket}`,
      });
      for (const { status, bytes } of [one, other]) seen.add(`${status} ${bytes.toString()}`);
      // A cookie of another channel is not looked at.
      expect((await get(`/feed/${channel}/checkpoint`, { cookie })).status).toBe(401);
    }
    expect([...seen]).toEqual(['403 the ticket does not open this\n']);
  });

  it('is closed to tickets that have expired, are forged or of another hub', async () => {
    const tickets = new ChannelTickets(hub.ticketSecret);
    const open = tickets.issue('csam', 'alice', Date.now()).ticket;
    expect((await get(`/ticket/${open}/feed/csam/checkpoint`)).status).toBe(200);
    const refused = [
      tickets.issue('csam', 'alice', Date.now() - 301_000).ticket,
      new ChannelTickets(Buffer.alloc(32)).issue('csam', 'alice', Date.now()).ticket,
      open.replace('alice', 'bob'),
      `${open}=`,
      `${open}%0A`,
      open.slice(0, -1),
      'x',
      '%00',
    ];
    for (const ticket of refused) {
      expect([ticket.length, (await get(`/ticket/${ticket}/feed/csam/checkpoint`)).status]).toEqual([
        ticket.length,
        403,
      ]);
    }
    for (const path of [
      '/ticket',
      '/ticket/',
      '/ticket/x',
      '/ticket/x/feed',
      '/ticket/x/feed/',
      '/ticket/x/log/checkpoint',
    ]) {
      expect([path, [401, 404].includes((await get(path)).status)]).toEqual([path, true]);
    }
  });

  it('is read without asking the database who may', async () => {
    const tickets = new ChannelTickets(hub.ticketSecret);
    const { ticket } = tickets.issue('csam', 'nobody', Date.now());
    expect((await get(`/ticket/${ticket}/feed/csam/checkpoint`)).status).toBe(200);
  });

  it('leaves no ticket in the log', async () => {
    const { prefix } = await ticketOf(alice, 'csam');
    await get(`${prefix}/feed/csam/checkpoint`);
    expect(hub.log.join('')).not.toContain(prefix.slice('/ticket/'.length));
  });
});
