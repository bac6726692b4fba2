import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemberHome, proofTrust, readHubPolicy, type HubPolicy } from '#libs/client';
import { deriveCheckpointKey, writePrivateJwk } from '#libs/keys';
import {
  decodeEntryProof,
  encodeEntryProof,
  ProtocolError,
  verifyEntryProof,
  type VerifiedEntryProof,
} from '#libs/protocol';
import { formatPolicy, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { answered, assertion, randomValue, retraction, TestHub, type TestMember } from './api-hub.js';
import { cairnIn, loggedIn } from './cli-session.js';
import { Browser } from './people-browser.js';
import { giveRoles } from './people-hub.js';

/** Every how many-th byte of a file is changed; 1 for all. */
const STRIDE = Number(process.env['PROOF_STRIDE'] ?? 23);

const PROOF = `query ($value: String!, $channel: String!, $index: SafeInt, $purpose: String) {
  entryProof(type: "sha256", value: $value, channel: $channel, index: $index, purpose: $purpose) {
    __typename ... on EntryProof { document } ... on NotFound { code message } ... on ActRefused { code field rule } } }`;

const READS = '{ authorshipReads(first: 10) { edges { node { index line channel purpose } } } }';

let hub: TestHub;
let alice: TestMember;
let bob: TestMember;
let silent: TestMember;
let pinned: HubPolicy;
let policy: string;
let directory: string;

const named = randomValue();
const hidden = randomValue();
const others = Array.from({ length: 6 }, randomValue);

beforeAll(async () => {
  hub = await TestHub.start();
  directory = mkdtempSync(join(tmpdir(), 'cairn-entry-proof-'));
  await hub.createChannel('csam');
  await hub.createChannel('tvec');
  [alice, bob, silent] = [await hub.admit('alice'), await hub.admit('bob'), await hub.admit('silent')];
  for (const member of [alice, bob]) await hub.allow(member, 'csam', { submit: true, receive: true });
  await hub.allow(alice, 'tvec', { submit: true, receive: true });
  await hub.allow(silent, 'csam', { submit: true, receive: false });
  await hub.settle();
  const batch = (values: readonly string[]) => values.map((value) => assertion('sha256', value));
  answered(await hub.submit(alice, 'csam', batch([...others, named]), { attribution: 'named' }));
  answered(await hub.submit(alice, 'csam', batch([hidden, ...others])));
  answered(await hub.submit(silent, 'csam', batch([named])));
  await hub.settle();
  policy = policyOf(hub);
  pinned = readHubPolicy(Buffer.from(policy), 'policy');
});
afterAll(async () => {
  await hub?.close();
  rmSync(directory, { recursive: true, force: true });
});

function policyOf({ config, checkpointSeed, url }: TestHub, seed = checkpointSeed): string {
  const name = `${config.origin}/log`;
  const key = verifierKey(name, NOTE_SIGNATURE, deriveCheckpointKey(seed, name).publicKey);
  return formatPolicy({ logs: [{ key, url }], witnesses: [], groups: [], quorum: 'none' });
}

interface Wanted {
  value: string;
  channel?: string;
  index?: number;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function ask(member: TestMember, { channel = 'csam', ...wanted }: Wanted): Promise<any> {
  const { body } = await hub.graphql(member, PROOF, { channel, ...wanted });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.entryProof;
}

async function proved(member: TestMember, wanted: Wanted): Promise<VerifiedEntryProof> {
  const { document } = await ask(member, wanted);
  return verifyEntryProof(Buffer.from(document), proofTrust(pinned));
}

describe('entryProof', () => {
  describe('when the author is named', () => {
    it('gives a receiver the whole chain, from the line to the checkpoint', async () => {
      const { index } = await proved(alice, { value: others[0]! });
      const proof = await proved(bob, { value: named, index: index - 1 });
      expect(proof).toMatchObject({
        line: 6,
        content: { channel: 'csam', attribution: 'named', count: 7 },
        decision: { verdict: 'accepted', prev: null },
        author: { member: 'alice', attribution: 'named', standing: { revoked: null } },
      });
      expect(proof.author!.key).toBe(alice.signing.publicKey.kid);
    });
  });

  describe('when the author is anonymous', () => {
    it('gives a receiver the blinded proof, which names nobody', async () => {
      const answer = await ask(bob, { value: hidden });
      const proof = await verifyEntryProof(Buffer.from(answer.document), proofTrust(pinned));
      expect(proof).toMatchObject({ author: null, line: 0, decision: { verdict: 'accepted', prev: null } });
      expect(answer.document).not.toContain('alice');
      expect(answer.document).not.toContain(alice.signing.publicKey.kid);
      expect(answer.document).not.toContain(others[0]!);
    });

    it('gives the author itself the whole', async () => {
      expect(await proved(alice, { value: hidden })).toMatchObject({ author: { member: 'alice' } });
    });

    it('names the statement before it about the same value', async () => {
      const later = await proved(bob, { value: others[0]! });
      expect(later.decision!.prev).toBe(later.index - 1);
      expect(later.author).toBeNull();
    });
  });

  describe('when an author may not receive the channel', () => {
    it('gives it its own entry without content and decision', async () => {
      const answer = await ask(silent, { value: named });
      const proof = await verifyEntryProof(Buffer.from(answer.document), proofTrust(pinned));
      expect(proof).toMatchObject({ content: null, decision: null, author: { member: 'silent' } });
      expect(answer.document).not.toContain('content/1');
      expect(answer.document).not.toContain('verdict');
    });

    it('answers for what others said as for what nobody said', async () => {
      const nothing = await ask(silent, { value: randomValue() });
      expect(nothing).toEqual({ __typename: 'NotFound', code: 'NOT_FOUND', message: expect.any(String) });
      expect(await ask(silent, { value: hidden })).toEqual(nothing);
      expect(await ask(bob, { value: named, channel: 'tvec' })).toEqual(nothing);
      expect(await ask(bob, { value: named, channel: 'none' })).toEqual(nothing);
      expect(await ask(bob, { value: 'AB' })).toEqual(nothing);
      expect(await ask(bob, { value: named, index: 0 })).toEqual(nothing);
    });
  });

  describe('when the key was revoked since', () => {
    it('says so in the standing, and proves the entry all the same', async () => {
      const carol = await hub.admit('carol');
      await hub.allow(carol, 'csam', { submit: true, receive: true });
      await hub.settle();
      const value = randomValue();
      answered(await hub.submit(carol, 'csam', [assertion('sha256', value)], { attribution: 'named' }));
      await hub.settle();
      expect((await proved(bob, { value })).author!.standing.revoked).toBeNull();
      await hub.revoke(carol, carol.signing);
      await hub.settle();
      const { author, size } = await proved(bob, { value });
      expect(author!.standing.revoked).toBe(size - 1);
    });
  });

  describe('when no signed checkpoint covers the entry yet', () => {
    it('gives nothing', async () => {
      const value = randomValue();
      answered(await hub.submit(alice, 'csam', [assertion('sha256', value), retraction('sha256', value)]));
      await hub.decide();
      await hub.sequence();
      await hub.project();
      expect((await ask(bob, { value })).__typename).toBe('NotFound');
      await hub.sign();
      // Of two lines about one value the last is the author's word.
      expect(await proved(bob, { value })).toMatchObject({ line: 1, entry: { op: 'retract' } });
    });
  });

  describe('when somebody changes what a hub gave', () => {
    it('is refused, whichever byte of a whole or a blinded proof it is', async () => {
      const { index } = await proved(alice, { value: others[0]! });
      const whole = await ask(bob, { value: named, index: index - 1 });
      const blinded = await ask(bob, { value: hidden });
      for (const { document } of [whole, blinded]) {
        const taken: number[] = [];
        for (let at = 0; at < document.length; at += STRIDE) {
          const file = Buffer.from(document);
          file[at]! ^= 1;
          await verifyEntryProof(file, proofTrust(pinned)).then(
            () => taken.push(at),
            (error: unknown) => expect(error).toBeInstanceOf(ProtocolError),
          );
        }
        expect(taken).toEqual([]);
      }
    }, 600_000);

    it('is refused when parts of two proofs are put together', async () => {
      const [one, other] = await Promise.all(
        [hidden, others[0]!].map(async (value) => {
          const { document } = await ask(bob, { value });
          return decodeEntryProof(Buffer.from(document));
        }),
      );
      const parts = ['line', 'entry', 'path', 'decision'] as const;
      for (const part of parts) {
        const mixed = encodeEntryProof({ ...one!, [part]: other![part] });
        await expect(verifyEntryProof(mixed, proofTrust(pinned))).rejects.toBeInstanceOf(ProtocolError);
      }
    });
  });

  it('refuses an index below 0, and many entries at once', async () => {
    const { body } = await hub.graphql(bob, PROOF, { value: hidden, channel: 'csam', index: -1 });
    expect(body.errors![0]!.extensions.code).toBe('BAD_USER_INPUT');
    const field = (n: number) =>
      `p${n}: entryProof(type: "sha256", value: "${others[n]}", channel: "csam") { __typename }`;
    const many = await hub.graphql(bob, `{ ${others.map((_value, n) => field(n)).join(' ')} }`);
    expect(many.body.errors![0]!.extensions.code).toBe('QUERY_TOO_COMPLEX');
  });

  describe('when a person asks', () => {
    it('gives auditors and staff named entries whole, and anonymous ones for a purpose that is recorded', async () => {
      await giveRoles(hub, [
        ['alice', 'approver'],
        ['ada', 'auditor'],
      ]);
      const auditor = new Browser(hub.url);
      await auditor.login('ada');
      const { index } = await proved(alice, { value: others[0]! });
      const whole = await auditor.graphql(PROOF, { value: named, channel: 'csam', index: index - 1 });
      const file = Buffer.from(whole.body.data.entryProof.document as string);
      expect((await verifyEntryProof(file, proofTrust(pinned))).author).toMatchObject({ member: 'alice' });
      const { body } = await auditor.graphql(PROOF, { value: hidden, channel: 'csam' });
      expect(body.data.entryProof).toMatchObject({
        __typename: 'ActRefused',
        code: 'NOT_ALLOWED',
        field: 'purpose',
      });
      const reads = async () => (await auditor.graphql(READS)).body.data.authorshipReads.edges as unknown[];
      expect(await reads()).toEqual([]);
      const why = { value: hidden, channel: 'csam', purpose: 'a complaint' };
      const unmasked = await auditor.graphql(PROOF, why);
      const shown = await verifyEntryProof(
        Buffer.from(unmasked.body.data.entryProof.document as string),
        proofTrust(pinned),
      );
      expect(shown.author).not.toBeNull();
      expect(await reads()).toEqual([
        { node: { index: shown.index, line: shown.line, channel: 'csam', purpose: 'a complaint' } },
      ]);
      expect((await auditor.graphql(PROOF, { ...why, purpose: ' ' })).body.errors?.[0]?.extensions.code).toBe(
        'BAD_USER_INPUT',
      );
      const stranger = new Browser(hub.url);
      await stranger.login('vera');
      expect((await stranger.graphql(PROOF, { value: named, channel: 'csam' })).body.data).toBeUndefined();
    });
  });
});

describe('cairn audit', () => {
  async function home(member: TestMember): Promise<string> {
    const path = join(directory, member.name);
    const config = new MemberHome(path);
    await config.init({ policy: Buffer.from(policy), member: member.name });
    await config.createKey('auth');
    writeFileSync(config.keyFile('auth'), `${writePrivateJwk(member.auth)}\n`, { mode: 0o600 });
    return path;
  }

  it('writes a proof, and checks it without a network', async () => {
    const path = await home(bob);
    const out = join(directory, 'proof.json');
    const words = ['audit', 'prove', '--channel', 'csam', 'sha256', hidden, '--out', out];
    expect(await cairnIn(path, words)).toMatchObject({ code: 0, err: '', json: { author: null } });
    const http = { fetch: () => Promise.reject(new Error('no network')) } as never;
    expect(await cairnIn(path, ['audit', 'check', out], { http })).toMatchObject({
      code: 0,
      json: { verified: true, value: hidden, proves: { logged: true, decision: true, signature: false } },
    });
  });

  it('refuses a file of which one byte is another, and one of another hub', async () => {
    const path = join(directory, 'bob');
    const bytes = readFileSync(join(directory, 'proof.json'));
    const changed = join(directory, 'changed.json');
    const at = bytes.indexOf(hidden);
    bytes[at]! ^= 1;
    writeFileSync(changed, bytes);
    const run = await cairnIn(path, ['audit', 'check', changed]);
    expect([run.code, JSON.parse(run.err)]).toMatchObject([4, { error: { code: 'PROOF_REJECTED' } }]);
    const other = join(directory, 'other-policy');
    writeFileSync(other, policyOf(hub, new Uint8Array(32)));
    const words = ['audit', 'check', join(directory, 'proof.json'), '--policy', other];
    expect(await cairnIn(path, words)).toMatchObject({ code: 4 });
  });

  it('says by exit code what is not there or makes no sense', async () => {
    const path = join(directory, 'bob');
    const prove = (...words: string[]) =>
      cairnIn(path, ['audit', 'prove', '--out', join(directory, 'none'), '--channel', 'csam', ...words]);
    expect(await prove('sha256', randomValue())).toMatchObject({ code: 3 });
    expect(await prove('sha256', hidden, '--index', 'x')).toMatchObject({ code: 2 });
    expect(await prove('crc32', hidden)).toMatchObject({ code: 2 });
    expect(await cairnIn(path, ['audit', 'check', join(directory, 'nothing')])).toMatchObject({ code: 6 });
  });

  it('lets an auditor prove in the session of a person', async () => {
    const path = await loggedIn(hub, join(directory, 'ada'), 'ada');
    const pin = join(directory, 'policy');
    writeFileSync(pin, policy);
    const out = join(directory, 'audited.json');
    const { index } = await proved(alice, { value: others[0]! });
    const words = ['audit', 'prove', '--staff', '--policy', pin, '--channel', 'csam', '--out', out];
    expect(await cairnIn(path, [...words, '--index', String(index - 1), 'sha256', named])).toMatchObject({
      code: 0,
      json: { author: { member: 'alice' }, proves: { signature: true } },
    });
    expect(await cairnIn(path, [...words, 'sha256', hidden])).toMatchObject({ code: 3 });
  });
});
