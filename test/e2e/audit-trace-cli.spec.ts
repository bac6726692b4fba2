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
  for (const one of [member, other]) await hub.allow(one, 'csam', { submit: true, receive: true });
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

/** A hub that changes the history on its way. */
function lying(change: (provenance: { edges: { node: Record<string, unknown> }[] }) => void): HttpOptions {
  return {
    fetch: async (url, init) => {
      const answer = await fetch(url, init);
      if (!String(url).endsWith('/graphql')) return answer;
      const body = (await answer.json()) as { data: { provenance: Parameters<typeof change>[0] } };
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
    expect([code, json.proved]).toEqual([0, null]);
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
    const cutting = lying(({ edges }) => edges.forEach(({ node }) => (node['prev'] = null)));
    expect(await trace(value, cutting)).toMatchObject({
      code: 4,
      json: { gap: { reason: 'not_in_chain', index: first.index } },
    });
  });

  it('believes no leaf, time, order or proof that does not hold', async () => {
    const lies: Parameters<typeof lying>[0][] = [
      ({ edges }) => (edges[0]!.node['leaf'] = edges[1]!.node['leaf']),
      ({ edges }) => (edges[0]!.node['proof'] = edges[1]!.node['proof']),
      ({ edges }) => (edges[0]!.node['time'] = '2020-01-01T00:00:00.000Z'),
      ({ edges }) => (edges[0]!.node['kind'] = 'RECALL'),
      ({ edges }) => void edges.reverse(),
      ({ edges }) => (edges[1]!.node['index'] = (edges[1]!.node['index'] as number) + 1),
    ];
    for (const lie of lies) {
      const { code, err } = await trace(value, lying(lie));
      expect([code, JSON.parse(err)]).toMatchObject([4, { error: { code: 'PROOF_REJECTED' } }]);
      expect(err).not.toContain(value);
    }
  });
});
