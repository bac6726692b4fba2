import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemberHome, type HttpOptions } from '#libs/client';
import { deriveCheckpointKey, saveSigningKey } from '#libs/keys';
import { formatVerifierKey, NOTE_SIGNATURE, verifierKey } from '#libs/tlog';
import { assertion, randomValue, retraction, type TestHub, type TestMember } from './api-hub.js';
import { VettingHub } from './applications-desk.js';
import { cairnIn, loggedIn } from './cli-session.js';

let vetting: VettingHub;
let hub: TestHub;
let directory: string;
let home: string;
let member: TestMember;
let value: string;

beforeAll(async () => {
  vetting = await VettingHub.start();
  ({ hub } = vetting);
  member = await hub.admit('member');
  const other = await hub.admit('other');
  await hub.createChannel('tvec');
  for (const one of [member, other])
    for (const channel of ['csam', 'tvec']) await hub.allow(one, channel, { submit: true, receive: true });
  await hub.settle();
  directory = mkdtempSync(join(tmpdir(), 'cairn-trace-'));
  home = join(directory, 'member');
  const files = new MemberHome(home);
  await files.init({ policy: policyFile(), member: 'member' });
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  await saveSigningKey(files.keyFile('auth'), member.auth);
  value = randomValue();
  await hub.submit(other, 'csam', [assertion('sha256', value)]);
  await hub.settle();
  await hub.submit(member, 'csam', [assertion('sha256', value), retraction('sha256', value)]);
  await hub.settle();
});
afterAll(async () => {
  await vetting.close();
  rmSync(directory, { recursive: true, force: true });
});

function policyFile(): Buffer {
  const origin = `${hub.config.origin}/log`;
  const { publicKey } = deriveCheckpointKey(hub.checkpointSeed, origin);
  const key = formatVerifierKey(verifierKey(origin, NOTE_SIGNATURE, publicKey));
  return Buffer.from(`log ${key} ${hub.url}\nquorum none\n`);
}

const trace = (of = value, http?: HttpOptions) =>
  cairnIn(home, ['audit', 'trace', 'sha256', of, '--channel', 'csam'], { http });

type Node = Record<string, unknown>;
type Edge = { node: Node };
interface Answer {
  latest: number;
  edges: [Edge, Edge, Edge, ...Edge[]];
}
type Lie = (answer: Answer) => unknown;

const inWords = async (of: string, ...more: string[]) => {
  const asked = ['audit', 'trace', 'sha256', value, '--channel', 'csam', ...more];
  return (await cairnIn(of, asked, { plain: true })).out;
};

/** A hub that changes the history on its way. */
function lying(change: Lie): HttpOptions {
  return {
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(url).endsWith('/graphql')) return answer;
      const body = (await answer.json()) as { data: { provenance: Answer } };
      change(body.data.provenance);
      return new Response(JSON.stringify(body), {
        status: answer.status,
        headers: { 'content-type': 'application/json' },
      });
    },
  };
}

describe('cairn audit trace', () => {
  it('shows a member the whole history, proved, with itself as author and nobody else', async () => {
    const { code, json } = await trace();
    expect([code, json.complete, json.proved]).toEqual([0, true, 3]);
    expect(
      json.events.map((event: { author: { own: boolean } | null }) => event.author?.own ?? null),
    ).toEqual([null, true, true]);
    expect(await trace(randomValue())).toMatchObject({ code: 3, json: null });
    expect(await trace(value.slice(1))).toMatchObject({ code: 2 });
  });

  it('shows staff who say why everything, and says when no proof was verified', async () => {
    const ada = await loggedIn(hub, join(directory, 'ada'), 'ada');
    const asked = ['audit', 'trace', 'sha256', value, '--channel', 'csam'];
    const { code, json } = await cairnIn(ada, [...asked, '--purpose', 'complaint 17']);
    expect([code, json.proved, json.complete]).toEqual([0, null, null]);
    expect(json.events.map((event: { author: { member: string } }) => event.author.member)).toEqual([
      'other',
      'member',
      'member',
    ]);
    const policy = join(directory, 'policy');
    writeFileSync(policy, policyFile());
    const without = await cairnIn(ada, [...asked, '--staff', '--policy', policy]);
    expect(without.json).toMatchObject({
      proved: 3,
      complete: true,
      events: [{ author: null }, { author: null }, { author: null }],
    });
  });

  it('names the gap that a hub leaves, with the exit code of a failed verification', async () => {
    const [first] = (await trace()).json.events;
    const hiding = lying((provenance) => provenance.edges.shift());
    expect(await trace(value, hiding)).toMatchObject({
      code: 4,
      json: { complete: false, gap: { reason: 'missing', index: first.index } },
    });
    const [, { index }] = (await trace()).json.events;
    const ending = lying((provenance) => (provenance.latest = first.index));
    expect(await trace(value, ending)).toMatchObject({
      code: 4,
      json: { complete: false, gap: { reason: 'not_in_chain', index } },
    });
  });

  it('calls nothing complete that is not proved', async () => {
    const [, { index }] = (await trace()).json.events;
    const hiding = lying(({ edges }) => (edges[1].node['proof'] = null));
    expect(await trace(value, hiding)).toMatchObject({
      code: 4,
      json: { complete: false, gap: { reason: 'unproved', index }, proved: 2 },
    });
  });

  it('says in words what it verified and what is the word of the hub', async () => {
    const { index } = (await trace()).json.events.at(-1);
    const said = await inWords(home);
    expect(said).toContain(`COMPLETE from log index ${index} back to the first`);
    expect(said).toContain(
      `The hub's word: that nothing later was said about the value than at log index ${index}`,
    );
    const unpinned = await inWords(await loggedIn(hub, join(directory, 'vera'), 'vera'), '--staff');
    expect(unpinned).toContain(`NOT VERIFIED: the decisions lead from log index ${index} back`);
    expect(unpinned).not.toContain('COMPLETE');
  });

  it('believes no leaf, time, order or proof that does not hold', async () => {
    await expectRefused(value, [
      ['time', ({ edges }) => (edges[0].node['leaf'] = edges[1].node['leaf'])],
      ['proof', ({ edges }) => (edges[0].node['proof'] = edges[1].node['proof'])],
      ['time', ({ edges }) => (edges[0].node['time'] = '2020-01-01T00:00:00.000Z')],
      ['kind', ({ edges }) => (edges[0].node['kind'] = 'RECALL')],
      ['index', ({ edges }) => void edges.reverse()],
      [
        'proof',
        ({ edges }) => edges.slice(1).forEach(({ node }) => (node['index'] = Number(node['index']) + 1)),
      ],
    ]);
  });
});

describe('a hub that lies about decisions', () => {
  let chain: string;
  let elsewhere: string;

  beforeAll(async () => {
    [chain, elsewhere] = [randomValue(), randomValue()];
    const others = () => [assertion('sha256', randomValue()), assertion('sha256', randomValue())];
    const said = [
      [assertion('sha256', chain), ...others()],
      [...others(), assertion('sha256', chain)],
      [assertion('sha256', randomValue()), retraction('sha256', chain), assertion('sha256', chain)],
    ];
    for (const entries of said) {
      await hub.submit(member, 'csam', entries);
      await hub.settle();
    }
    await hub.submit(member, 'tvec', [assertion('sha256', elsewhere)]);
    await hub.settle();
  });

  it('is not needed for a whole history to be complete', async () => {
    const { code, json } = await trace(chain);
    const [first, middle, last] = json.events;
    expect([code, json.complete, json.proved]).toEqual([0, true, 4]);
    expect(json.events.map(({ prev }: { prev: number }) => prev)).toEqual([
      null,
      first.index,
      middle.index,
      middle.index,
    ]);
    expect(json.latest).toBe(last.index);
  });

  it('cannot drop the event in the middle and lead past it', async () => {
    const dropped = ({ edges }: Answer): Node[] => {
      const [middle] = edges.splice(1, 1);
      const later = edges.slice(1).map(({ node }) => node);
      for (const node of later) node['prev'] = edges[0].node['index'];
      expect(later.map(({ index }) => index)).not.toContain(middle!.node['index']);
      return later;
    };
    await expectRefused(chain, [
      ['prev', dropped],
      ['decision.path', (answer) => dropped(answer).forEach(forgeLine)],
      ['decision.path', (answer) => dropped(answer).forEach((node) => (forgeLine(node), cutPath(node)))],
    ]);
  });

  it('cannot tell another verdict, code or attribution', async () => {
    const rejecting = (node: Node): void =>
      void Object.assign(node, { verdict: 'REJECTED', code: 'unknown_label' });
    await expectRefused(chain, [
      ['verdict', ({ edges }) => rejecting(edges[1].node)],
      ['code', ({ edges }) => (edges[1].node['code'] = 'unknown_label')],
      ['named', ({ edges }) => (edges[1].node['named'] = true)],
      ['decision.path', ({ edges: [, { node }] }) => (rejecting(node), forgeLine(node))],
    ]);
  });

  it('cannot show the decision about another line, nor one that stands elsewhere', async () => {
    await expectRefused(chain, [
      ['decision.path', ({ edges }) => (edges[2].node['decision'] = edges[3]!.node['decision'])],
      ['decision.path', ({ edges }) => (edges[2].node['line'] = 0)],
      ['decision', ({ edges }) => (edges[2].node['decision'] = null)],
    ]);
  });

  it('cannot show the content body of another submission, nor a submission to another channel', async () => {
    const contentOf = (node: Node) => (node['decision'] as { content: string }).content;
    await expectRefused(chain, [
      ['content', ({ edges: [a, b] }) => change(a.node, { content: contentOf(b.node) })],
      ['content', ({ edges: [a, b] }) => (a.node['decision'] = b.node['decision'])],
      [
        'content',
        ({ edges: [a] }) => change(a.node, { content: contentOf(a.node).replace('"held":0', '"held":1') }),
      ],
    ]);
    const asked = { type: 'sha256', value: elsewhere, channel: 'tvec' };
    expect(await trace(elsewhere, asking(asked))).toMatchObject({ code: 4 });
    expect(refusedField(await trace(elsewhere, asking(asked)))).toBe('channel');
  });
});

/** Writes into the decision line what the event says. */
function forgeLine(node: Node): void {
  const { verdict, code, prev, line } = node;
  const said = { line, verdict: String(verdict).toLowerCase(), code, prev };
  change(node, { line: JSON.stringify(said) });
}

function cutPath(node: Node): void {
  change(node, { path: [] });
}

function change(node: Node, more: object): void {
  node['decision'] = { ...(node['decision'] as object), ...more };
}

/** A hub that answers another question than was asked. */
function asking(more: object): HttpOptions {
  return {
    fetch: (url, init) => {
      if (!String(url).endsWith('/graphql')) return fetch(url, init);
      const question = JSON.parse(String(init!.body)) as { variables: object };
      const body = JSON.stringify({ ...question, variables: { ...question.variables, ...more } });
      return fetch(url, { ...init, body });
    },
  };
}

async function expectRefused(of: string, lies: readonly [field: string, lie: Lie][]): Promise<void> {
  for (const [field, lie] of lies) {
    const refused = await trace(of, lying(lie));
    expect([refused.code, refusedField(refused)]).toEqual([4, field]);
    expect(refused.err).not.toContain(of);
  }
}

/** The field that a refusal names. */
function refusedField({ err }: { err: string }): string {
  const { error } = JSON.parse(err) as { error: { code: string; subject: string; reason: string } };
  expect(error.code).toBe('PROOF_REJECTED');
  expect(error.subject).toMatch(/^event at log index \d+$/);
  return error.reason.slice(0, error.reason.indexOf(': '));
}
