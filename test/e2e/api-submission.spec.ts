import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveCheckpointKey, verifyJsonJws } from '#libs/keys';
import { decodeStatement, LIMITS } from '#libs/protocol';
import {
  formatVerifierKey,
  leafHash,
  NOTE_SIGNATURE,
  parsePolicy,
  verifierKey,
  verifyTlogProof,
} from '#libs/tlog';
import {
  answered,
  assertion,
  countStored,
  ndjson,
  randomValue,
  startWithSubmitters,
  type TestHub,
  type TestMember,
} from './api-hub.js';
import { twin } from './api-tampering.js';

let hub: TestHub;
let alice: TestMember;
let silent: TestMember;
beforeAll(async () => {
  ({ hub, alice, silent } = await startWithSubmitters());
});
afterAll(() => hub?.close());

const SUBMISSION = `query ($jti: ID!, $first: Int!, $after: String) { submission(jti: $jti) {
  __typename
  ... on NotFound { code message }
  ... on Submission {
    jti channel state count digest receivedAt deadline counter promise logIndex proof leaf content author accepted held rejected
    entries(first: $first, after: $after) { edges { cursor node { line outcome code effect } } pageInfo { hasNextPage endCursor } }
  } } }`;

// eslint-disable-next-line @typescript-eslint/no-explicit-any
async function look(member: TestMember, jti: string, first = 10, after?: string): Promise<any> {
  const { body } = await hub.graphql(member, SUBMISSION, { jti, first, after });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.submission;
}

describe('a submission', () => {
  it('is answered with a promise that the hub signed', async () => {
    const text = ndjson([assertion('sha256', randomValue()), assertion('md5', randomValue(16))]);
    const manifest = await hub.manifest(alice, 'csam', text);
    const receipt = answered(await hub.send(alice, manifest, text));
    const payload = Buffer.from(manifest.split('.')[1]!, 'base64url');
    const { jti } = JSON.parse(payload.toString()) as { jti: string };
    expect(receipt).toEqual({
      __typename: 'SubmissionReceipt',
      jti,
      digest: createHash('sha256').update(payload).digest('hex'),
      receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      deadline: expect.any(String),
      counter: 1,
      promise: expect.any(String),
    });
    const promise = await verifyJsonJws({
      token: receipt.promise,
      typ: 'cairn-promise+jws',
      key: hub.promiseKey.publicKey,
      maxBytes: 4096,
    });
    if (!promise.ok) throw new Error(promise.message);
    expect(promise.claims).toEqual({
      iss: hub.config.origin,
      sub: 'alice',
      jti,
      digest: receipt.digest,
      received: Date.parse(receipt.receivedAt),
      counter: 1,
      deadline: Date.parse(receipt.deadline),
    });
    expect(Date.parse(receipt.deadline) - Date.parse(receipt.receivedAt)).toBe(3_600_000);
  });

  it('gets the same receipt when it is sent again, and at the same time', async () => {
    const text = ndjson([assertion('sha256', randomValue())]);
    const manifest = await hub.manifest(alice, 'csam', text);
    const before = await countStored(hub);
    const receipts = await Promise.all(
      Array.from({ length: 5 }, async () => answered(await hub.send(alice, manifest, text))),
    );
    receipts.push(answered(await hub.send(alice, manifest, text)));
    expect(new Set(receipts.map((receipt) => JSON.stringify(receipt))).size).toBe(1);
    expect((await countStored(hub))['submissions']).toBe(before['submissions']! + 1);
  });

  it('is recognised by what it says and not by its token', async () => {
    const text = ndjson([assertion('sha256', randomValue())]);
    const manifest = await hub.manifest(alice, 'csam', text);
    const first = answered(await hub.send(alice, manifest, text));
    expect(answered(await hub.send(alice, twin(manifest), text))).toEqual(first);
  });

  it('counts up per member in the order of receipt', async () => {
    const counters: number[] = [];
    for (let i = 0; i < 3; i++) {
      counters.push(answered(await hub.submit(silent, 'csam', [assertion('sha256', randomValue())])).counter);
    }
    expect(counters).toEqual([1, 2, 3]);
  });

  it('can be as large as the limits say', async () => {
    const entries = Array.from({ length: LIMITS.entries }, () => assertion('sha256', randomValue()));
    const { __typename, jti } = answered(await hub.submit(alice, 'csam', entries));
    expect(__typename).toBe('SubmissionReceipt');
    await hub.settle();
    const found = await look(alice, jti, 1000);
    expect(found).toMatchObject({ state: 'PUBLISHED', accepted: LIMITS.entries, held: 0, rejected: 0 });
    const lines: number[] = [];
    for (let page = found.entries; ;) {
      lines.push(...page.edges.map((edge: { node: { line: number } }) => edge.node.line));
      if (!page.pageInfo.hasNextPage) break;
      page = (await look(alice, jti, 1000, page.pageInfo.endCursor)).entries;
    }
    expect(lines).toEqual(Array.from({ length: LIMITS.entries }, (_, line) => line));
  });
});

describe('the way of a submission', () => {
  it('goes from received to published, and proves it', async () => {
    const text = ndjson([
      assertion('sha256', randomValue()),
      assertion('pdq', randomValue(), { quality: 80, labels: ['csam'] }),
    ]);
    const { jti } = answered(await hub.send(alice, await hub.manifest(alice, 'csam', text), text));
    const undecided = {
      logIndex: null,
      proof: null,
      leaf: null,
      content: null,
      author: null,
      accepted: null,
      entries: null,
    };
    expect(await look(alice, jti)).toMatchObject({
      state: 'RECEIVED',
      count: 2,
      channel: 'csam',
      ...undecided,
    });
    await hub.decide();
    expect(await look(alice, jti)).toMatchObject({ state: 'DECIDED', ...undecided });
    await hub.sequence();
    const outcome = (line: number, effect: string | null) => ({
      line,
      outcome: 'ACCEPTED',
      code: null,
      effect,
    });
    const sequenced = await look(alice, jti);
    expect(sequenced).toMatchObject({
      state: 'SEQUENCED',
      logIndex: expect.any(Number),
      accepted: 2,
      proof: null,
      leaf: null,
    });
    expect(sequenced.entries.edges.map((edge: { node: unknown }) => edge.node)).toEqual([
      outcome(0, null),
      outcome(1, null),
    ]);
    await hub.project();
    expect((await look(alice, jti)).state).toBe('SEQUENCED');
    await hub.sign();
    const published = await look(alice, jti);
    expect(published.state).toBe('PUBLISHED');
    expect(published.entries.edges.map((edge: { node: unknown }) => edge.node)).toEqual([
      outcome(0, 'effective'),
      outcome(1, 'effective'),
    ]);
    await expectProven(published);
  });

  it('is not published before its effects are under the checkpoint of the feed', async () => {
    const { jti } = answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]));
    await hub.decide();
    await hub.sequence();
    // Signed between sequencing and projection: the log covers it, the feed does not.
    await hub.sign();
    const found = await look(alice, jti);
    expect(found).toMatchObject({ state: 'SEQUENCED', proof: expect.any(String), leaf: expect.any(String) });
    await hub.project();
    expect((await look(alice, jti)).state).toBe('SEQUENCED');
    await hub.sign();
    expect((await look(alice, jti)).state).toBe('PUBLISHED');
  });

  it('is published while later rounds wait for their signature', async () => {
    const { jti } = answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]));
    await hub.settle();
    const later = answered(await hub.submit(alice, 'csam', [assertion('sha256', randomValue())]));
    await hub.decide();
    await hub.sequence();
    await hub.project();
    expect((await look(alice, jti)).state).toBe('PUBLISHED');
    expect((await look(alice, later.jti)).state).toBe('SEQUENCED');
    await hub.sign();
    expect((await look(alice, later.jti)).state).toBe('PUBLISHED');
  });

  it('tells an author who does not receive the channel nothing about what was known', async () => {
    const value = randomValue();
    answered(await hub.submit(alice, 'csam', [assertion('sha256', value)]));
    await hub.settle();
    const known = answered(await hub.submit(silent, 'csam', [assertion('sha256', value)]));
    const fresh = answered(await hub.submit(silent, 'csam', [assertion('sha256', randomValue())]));
    await hub.settle();
    const [one, other] = [await look(silent, known.jti), await look(silent, fresh.jti)];
    const alike = (found: typeof one) => ({
      ...found,
      ...{
        jti: 0,
        digest: 0,
        receivedAt: 0,
        deadline: 0,
        counter: 0,
        promise: 0,
        logIndex: 0,
        proof: 0,
        leaf: 0,
        author: 0,
      },
      entries: found.entries.edges.map((edge: { node: unknown }) => edge.node),
    });
    expect(alike(one)).toEqual(alike(other));
    expect([one.content, one.author, one.proof]).toEqual([null, expect.any(String), expect.any(String)]);
  });

  it('says of each entry why it has no effect', async () => {
    const bob = await hub.admit('bob');
    await hub.allow(bob, 'csam', { submit: true, receive: true });
    await hub.settle();
    const { jti } = answered(await hub.submit(bob, 'csam', [assertion('sha256', randomValue())]));
    await hub.revoke(bob, bob.signing);
    await hub.sequence();
    await hub.settle();
    const { entries, accepted } = await look(bob, jti);
    expect(accepted).toBe(1);
    expect(entries.edges[0].node).toEqual({
      line: 0,
      outcome: 'ACCEPTED',
      code: null,
      effect: 'key_not_active',
    });
  });

  async function expectProven(found: {
    proof: string;
    leaf: string;
    content: string;
    author: string;
    logIndex: number;
  }) {
    const origin = `${hub.config.origin}/log`;
    const key = verifierKey(
      origin,
      NOTE_SIGNATURE,
      deriveCheckpointKey(hub.checkpointSeed, origin).publicKey,
    );
    const policy = parsePolicy(`log ${formatVerifierKey(key)}\nquorum none\n`);
    const verified = verifyTlogProof(policy, found.proof, leafHash(Buffer.from(found.leaf)), origin);
    expect(verified).toMatchObject({ index: found.logIndex });
    const statement = decodeStatement(Buffer.from(found.leaf));
    const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
    expect(statement).toMatchObject({
      kind: 'submission',
      content: digest(found.content),
      author: digest(found.author),
    });
    expect(JSON.parse(found.content)).toMatchObject({ channel: 'csam', count: 2, accepted: 2 });
    expect(JSON.parse(found.author)).toMatchObject({ member: 'alice' });
  }
});
