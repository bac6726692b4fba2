import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HorizonMover } from '#libs/feed';
import { deriveCheckpointKey, generateSigningKey } from '#libs/keys';
import { purgeErased } from '#libs/provenance';
import { DECISION_CODES, decisionLine, splitLines, toHex, VERDICTS } from '#libs/protocol';
import {
  formatTlogProof,
  formatVerifierKey,
  leafHash,
  MerkleTree,
  NOTE_SIGNATURE,
  verifierKey,
} from '#libs/tlog';
import {
  checkExamples,
  collectFeed,
  collectLog,
  type Files,
  flipBytes,
  runStranger,
  strangerCanRun,
  writeFiles,
} from '#test/stranger';
import { TestEraser } from '#test/erasures';
import { makeDueState, storedLeaves } from '#test/states';
import {
  assertion,
  ndjson,
  randomValue,
  retraction,
  startWithSubmitters,
  type TestHub,
  type TestMember,
} from '../e2e/api-hub.js';

const given = strangerCanRun() ? describe : describe.skip;

const HUB = 'hub.test';
const FEED = `${HUB}/feed/csam`;
const SUBMISSION =
  'query ($jti: ID!) { submission(jti: $jti) { ... on Submission { proof leaf content author } } }';

/** A batch that a member sent, as it keeps it. */
interface Batch {
  readonly member: TestMember;
  readonly jti: string;
  readonly manifest: string;
  readonly text: string;
}

let hub: TestHub;
let folder: string;
let policy: string;
let feed: Files;
let named: Batch;
let anonymous: Batch;
let ed25519: Batch;
let alone: Batch;

async function send(member: TestMember, entries: readonly object[], change: object = {}): Promise<Batch> {
  const text = ndjson(entries);
  const manifest = await hub.manifest(member, 'csam', text, change);
  const answer = (await hub.send(member, manifest, text)).body.data.submit;
  if (answer.__typename !== 'SubmissionReceipt') throw new Error(answer.rule);
  await hub.settle();
  return { member, jti: answer.jti, manifest, text };
}

async function read(path: string): Promise<Uint8Array> {
  const response = await fetch(`${hub.url}${path}`);
  if (response.status !== 200) throw new Error(`${path} is answered with ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

async function ticketOf(member: TestMember): Promise<string> {
  const query = 'query { feed(id: "csam") { ... on Feed { ticket { prefix } } } }';
  return (await hub.graphql(member, query)).body.data.feed.ticket.prefix as string;
}

function policyOf(seed: Uint8Array): string {
  const lines = [`${HUB}/log`, FEED].map((origin) => {
    const key = verifierKey(origin, NOTE_SIGNATURE, deriveCheckpointKey(seed, origin).publicKey);
    return `log ${formatVerifierKey(key)}\n`;
  });
  return `${lines.join('')}quorum none\n`;
}

/** A leaf of the log, which everybody can read and prove. */
async function loggedStatement(
  name: string,
  isIt: (statement: { readonly kind: string; readonly key?: string }) => boolean,
): Promise<Files> {
  const { files, leaves } = await collectLog((path) => read(`/log/${path}`));
  const index = leaves.findIndex((leaf) => isIt(JSON.parse(Buffer.from(leaf).toString())));
  const proof = MerkleTree.ofLeaves(leaves).inclusionProof(index);
  const checkpoint = Buffer.from(files.get('checkpoint')!).toString();
  return new Map([
    [name, leaves[index]!],
    [`${name}-proof`, Buffer.from(formatTlogProof({ index, proof, checkpoint }))],
  ]);
}

/** Decision lines are for those who hold the database; they are proved by the root in the content body. */
async function decisionsOf({ jti }: Batch): Promise<Uint8Array[]> {
  const rows = await hub.worker.read('read-decisions', 'system:test', (tx) =>
    tx.query<{ verdict: number; code: number; prev: number | null }>(
      `SELECT e.verdict, e.code, e.prev::float8 AS prev FROM cairn.entry e JOIN cairn.submission s USING (log_index)
        WHERE s.jti = $1 ORDER BY e.line`,
      [jti],
    ),
  );
  return rows.map(({ verdict, code, prev }, line) =>
    decisionLine(line, { verdict: VERDICTS[verdict]!, code: DECISION_CODES[code - 1] ?? null, prev }),
  );
}

async function loggedParts(batch: Batch): Promise<Files> {
  const { body } = await hub.graphql(batch.member, SUBMISSION, { jti: batch.jti });
  const parts = body.data.submission as Record<'proof' | 'leaf' | 'content' | 'author', string>;
  return new Map(Object.entries(parts).map(([name, text]) => [name, Buffer.from(text)]));
}

async function wholeEvidence(batch: Batch): Promise<Files> {
  const { kid } = batch.member.signing.publicKey;
  const decisions = (await decisionsOf(batch)).map((line) => `${Buffer.from(line).toString()}\n`);
  return new Map([
    ...(await loggedParts(batch)),
    ['manifest', Buffer.from(batch.manifest)],
    ['lines', Buffer.from(batch.text)],
    ['decisions', Buffer.from(decisions.join(''))],
    ...(await loggedStatement('key', ({ kind, key }) => kind === 'key' && key === kid)),
  ]);
}

async function blindedEvidence(batch: Batch, number: number): Promise<Files> {
  const files = await loggedParts(batch);
  files.delete('author');
  const lines = batch.text
    .split('\n')
    .slice(0, -1)
    .map((line) => Buffer.from(line));
  const decisions = await decisionsOf(batch);
  const path = (leaves: readonly Uint8Array[]) =>
    Buffer.from([number, ...MerkleTree.ofLeaves(leaves).inclusionProof(number).map(toHex), ''].join('\n'));
  files.set('line', lines[number]!).set('path', path(lines));
  return files.set('decision', decisions[number]!).set('decision-path', path(decisions));
}

/** A state of the hub as it is now, with its statement in the log. */
async function stateFiles(): Promise<Files> {
  const { size } = (await makeDueState(hub.worker, HUB))!;
  await hub.settle();
  const leaves = await storedLeaves(hub.worker, size);
  const log = await collectLog((path) => read(`/log/${path}`));
  const proof = MerkleTree.ofLeaves(log.leaves).inclusionProof(size);
  const checkpoint = Buffer.from(log.files.get('checkpoint')!).toString();
  return new Map([
    ['statement', log.leaves[size]!],
    ['proof', Buffer.from(formatTlogProof({ index: size, proof, checkpoint }))],
    ...leaves.map((leaf, number): [string, Uint8Array] => [`leaf/${number}`, leaf]),
  ]);
}

let directories = 0;
const saved = (files: Files): string => writeFiles(join(folder, String(++directories)), files);
const savedEach = (copies: readonly Files[]): string => {
  const parent = join(folder, String(++directories));
  copies.forEach((files, i) => writeFiles(join(parent, String(1000 + i)), files));
  return parent;
};
const verifyFeed = (files: Files) => runStranger('verify_feed.py', [policy, saved(files)]);
const verifySubmission = (files: Files) => runStranger('verify_submission.py', [policy, HUB, saved(files)]);

/** Members who assert, retract and confirm by asserting again, under both algorithms, named and not, over several rounds. */
async function fillHub(): Promise<void> {
  const started = await startWithSubmitters();
  hub = started.hub;
  const { alice } = started;
  const bob = { ...(await hub.admit('bob', 'hotline')), signing: generateSigningKey('Ed25519') };
  await hub.members.addKey('system:test', 'bob', 'signing', JSON.parse(bob.signing.publicKey.jwk));
  await hub.allow(bob, 'csam', { submit: true, receive: true });
  await hub.settle();
  const [a, b, c, d] = [randomValue(), randomValue(), randomValue(), randomValue()];
  const pdq = [assertion('pdq', c, { quality: 80, media: 'image' }), assertion('pdq', d, { quality: 20 })];
  named = await send(
    alice,
    [assertion('sha256', a, { labels: ['csam'], expires: '2099-12-31' }), assertion('sha256', b), ...pdq],
    { attribution: 'named' },
  );
  ed25519 = await send(bob, [assertion('sha256', a, { labels: ['csam', 'grooming'] }), pdq[0]!], {
    attribution: 'named',
  });
  anonymous = await send(alice, [
    retraction('sha256', b, { reason: 'false_positive' }),
    assertion('md5', randomValue(16)),
    retraction('pdq', d),
  ]);
  alone = await send(bob, [assertion('sha256', b)]);
}

given('a verifier that a stranger wrote from the pages', () => {
  beforeAll(async () => {
    await fillHub();
    folder = mkdtempSync(join(tmpdir(), 'cairn-stranger-'));
    policy = join(folder, 'policy');
    writeFileSync(policy, policyOf(hub.checkpointSeed));
    const prefix = await ticketOf(named.member);
    feed = await collectFeed((path) => read(`${prefix}/feed/csam/${path}`));
  });
  afterAll(async () => {
    await hub?.close();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  it('meets every byte of their worked examples', () => {
    expect(checkExamples()).toEqual({ code: 0, lines: ['OK'] });
  });

  describe('when it is given a whole feed', () => {
    it('arrives at every set root', () => {
      expect(verifyFeed(feed)).toEqual({ code: 0, lines: ['md5 1', 'pdq 1', 'sha256 2', 'OK'] });
    });

    it('refuses it with any one byte flipped', () => {
      const { flips, accepted } = flipBytes('verify_feed.py', [policy, saved(feed)], feed);
      expect(accepted).toEqual([]);
      expect(flips).toBeGreaterThan(200);
    });

    it('refuses it with a file left out, a file too many, or under another key', () => {
      const copies = [...feed.keys()].map((path) => new Map([...feed].filter(([other]) => other !== path)));
      copies.push(new Map(feed).set('pack/other', Buffer.from('x')));
      const { lines } = runStranger('verify_feed.py', ['--each', policy, savedEach(copies)]);
      const missing = copies.slice(1).map((_, i) => `${1000 + i} missing-file`);
      expect(lines).toEqual([...missing, `${1000 + missing.length} unexpected-file`]);
      const stranger = join(folder, 'other-policy');
      writeFileSync(stranger, policyOf(Buffer.alloc(32, 9)));
      expect(runStranger('verify_feed.py', [stranger, saved(feed)])).toEqual({
        code: 1,
        lines: ['no-signature'],
      });
    });
  });

  describe('when it is given a submission with its author', () => {
    it.each([
      ['named, by ES256', () => named, 'alice, 4 entries'],
      ['anonymous, by ES256', () => anonymous, 'alice, 3 entries'],
      ['named, by Ed25519', () => ed25519, 'bob, 2 entries'],
      ['of one line', () => alone, 'bob, 1 entries'],
    ])('accepts one that is %s, and refuses it with any one byte flipped', async (_, batch, said) => {
      const files = await wholeEvidence(batch());
      const { code, lines } = verifySubmission(files);
      expect([code, lines[0], lines[1]]).toEqual([
        0,
        expect.stringMatching(`^leaf [0-9]+ by ${said}$`),
        'OK',
      ]);
      const { flips, accepted } = flipBytes('verify_submission.py', [policy, HUB, saved(files)], files);
      expect(accepted).toEqual([]);
      expect(flips).toBeGreaterThan(200);
    });

    it('refuses parts of two submissions, and another hub', async () => {
      const [files, other] = [await wholeEvidence(named), await wholeEvidence(ed25519)];
      const mixed = [...files.keys()].map((name) => new Map(files).set(name, other.get(name)!));
      const { lines } = runStranger('verify_submission.py', [
        '--each',
        policy,
        HUB,
        savedEach([files, ...mixed]),
      ]);
      expect(lines.map((line) => line.endsWith(' OK'))).toEqual([true, ...mixed.map(() => false)]);
      const elsewhere = runStranger('verify_submission.py', [policy, 'other.test', saved(files)]);
      expect(elsewhere).toEqual({ code: 1, lines: ['unknown-log'] });
    });
  });

  describe('when it is given a line without its author', () => {
    it.each([
      ['among others', () => anonymous, 2],
      ['alone', () => alone, 0],
    ])('accepts one that stands %s, and refuses it with any one byte flipped', async (_, batch, number) => {
      const files = await blindedEvidence(batch(), number);
      const { code, lines } = verifySubmission(files);
      const said = /^leaf [0-9]+, a line of csam: logged, the signature is not shown$/;
      expect([code, lines[0], lines[1]]).toEqual([0, expect.stringMatching(said), 'OK']);
      const { flips, accepted } = flipBytes('verify_submission.py', [policy, HUB, saved(files)], files);
      expect(accepted).toEqual([]);
      expect(flips).toBeGreaterThan(100);
    });
  });

  describe('when it is given a state', () => {
    it('reads every signal and meets the root, and refuses it with any one byte flipped', async () => {
      const files = await stateFiles();
      const { code, lines } = runStranger('verify_state.py', [policy, HUB, saved(files)]);
      const said = /^leaf [0-9]+ at size [0-9]+: 5 signals, 10 operations$/;
      expect([code, lines[0], lines[1]]).toEqual([0, expect.stringMatching(said), 'OK']);
      // Of the leaves that are nothing but their salts one stands for all.
      const empty = [...files].filter(([, bytes]) => bytes.length === 16).map(([path]) => path);
      const flipped = new Map([...files].filter(([path]) => !empty.slice(1).includes(path)));
      const { flips, accepted } = flipBytes('verify_state.py', [policy, HUB, saved(files)], flipped);
      expect(accepted).toEqual([]);
      expect(flips).toBeGreaterThan(200);
    });
  });

  // Last: it takes a line of the hub.
  describe('when it is given a submission with an erased line', () => {
    it('accepts it with the statement that names the line, and refuses it without', async () => {
      const files = await wholeEvidence(named);
      const eraser = await TestEraser.on({ api: hub.database.api, worker: hub.worker, origin: HUB });
      const [first] = await eraser.lines();
      await eraser.erase([first!]);
      await hub.settle();
      const [line, ...left] = splitLines(files.get('lines')!);
      const blank = new Map(files)
        .set('lines', Buffer.concat(left.flatMap((one) => [one, Buffer.from('\n')])))
        .set('erased', Buffer.from(`0 ${toHex(leafHash(line!))}\n`));
      const whole = new Map([
        ...blank,
        ...(await loggedStatement('erase-0', ({ kind }) => kind === 'erase')),
      ]);
      expect(verifySubmission(whole).lines.at(-1)).toBe('OK');
      const other = new Map([...whole, ...(await loggedStatement('erase-0', ({ kind }) => kind === 'hub'))]);
      expect([blank, other].map((one) => verifySubmission(one).lines)).toEqual([
        ['EVIDENCE_MISMATCH'],
        ['EVIDENCE_MISMATCH'],
      ]);
    });
  });

  describe('when it is given the feed after that, whose earlier packs are gone', () => {
    let after: Files;
    beforeAll(async () => {
      while ((await purgeErased(hub.worker, { hub: HUB, delayHours: 0 })) !== null);
      const mover = new HorizonMover(hub.worker, HUB, 0);
      while (await mover.run()) await hub.settle();
      const prefix = await ticketOf(named.member);
      after = await collectFeed((path) => read(`${prefix}/feed/csam/${path}`));
    });

    it('arrives at what is left, and refuses it with any one byte flipped', () => {
      const gone = [...feed.keys()].filter((path) => path.startsWith('pack/') && !after.has(path));
      expect(gone.length).toBeGreaterThan(0);
      expect(verifyFeed(after)).toEqual({ code: 0, lines: ['md5 1', 'pdq 1', 'sha256 2', 'OK'] });
      const { flips, accepted } = flipBytes('verify_feed.py', [policy, saved(after)], after);
      expect(accepted).toEqual([]);
      expect(flips).toBeGreaterThan(200);
    });

    it('refuses it with a pack of before, which nobody may keep', () => {
      const [path, pack] = [...feed].find(([name]) => name.startsWith('pack/') && !after.has(name))!;
      expect(verifyFeed(new Map(after).set(path, pack)).lines).toEqual(['unexpected-file']);
    });
  });
});
