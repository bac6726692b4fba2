import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createClientAssertion, createDpopProof, generateSigningKey, type SigningKey } from '#libs/keys';
import { until } from '#libs/platform';
import type { ArmedProcess } from '#test/armed-process';
import { BoundToken } from '#test/bound-token';
import { CrashHub } from '#test/crash-hub';
import { tokenForm } from '#test/token-form';

/** As behind a proxy that ends TLS: no request comes in under this name. */
const PUBLIC_URL = 'https://hub.example';
/** Another address of the loopback interface, where there is one. */
const OTHER_HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
/** Nobody logs in here, but a hub that others reach must know where people do. */
const PROVIDER = { CAIRN_OIDC_ISSUER: 'https://login.example.org', CAIRN_OIDC_CLIENT_ID: 'hub' };
const ME = '{"query":"{ me { member } }"}';
const ROUNDS = Number(process.env['REPLAY_ROUNDS'] ?? 10);

let hub: CrashHub;
let apis: ArmedProcess[];
let auth: SigningKey;
let token: BoundToken;
beforeAll(async () => {
  hub = await CrashHub.found(undefined, { CAIRN_PUBLIC_URL: PUBLIC_URL, ...PROVIDER });
  const [alpha] = await hub.admit(['alpha']);
  auth = hub.authKeyOf(alpha!);
  apis = [hub.spawn('api'), await hub.spawnBeside(OTHER_HOST)];
  for (const api of apis) await api.go();
  for (const api of apis) await api.ready();
  token = await BoundToken.request(PUBLIC_URL, 'alpha', auth, apis[0]!.url);
}, 120_000);
afterAll(() => hub?.stop(), 60_000);

/** Status and error of the same request, sent four times to each process at once. */
async function sendToBoth(path: string, init: RequestInit): Promise<[number, string | null][]> {
  const send = async (api: ArmedProcess): Promise<[number, string | null]> => {
    const response = await fetch(`${api.url}${path}`, { method: 'POST', ...init });
    const [, challenge] = /error="([a-z_]+)"/.exec(response.headers.get('www-authenticate') ?? '') ?? [];
    const { error } = (await response.json()) as { error?: string };
    return [response.status, challenge ?? error ?? null];
  };
  return Promise.all([...apis, ...apis, ...apis, ...apis].map(send));
}

async function ask(headers: Record<string, string>): Promise<[number, string | null][]> {
  return sendToBoth('/graphql', { headers: { 'content-type': 'application/json', ...headers }, body: ME });
}

const taken = (answers: [number, string | null][]): number =>
  answers.filter(([status]) => status === 200).length;
const replayed = (answers: [number, string | null][]): number =>
  answers.filter(([, error]) => error === 'invalid_dpop_proof').length;

describe('two API processes behind one public URL', () => {
  it('listen where they are told to', () => {
    expect(apis.map(({ url }) => new URL(url!).hostname)).toEqual(['127.0.0.1', OTHER_HOST]);
  });

  it('take a proof once between them', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const answers = await ask(await token.headers());
      expect([taken(answers), replayed(answers)]).toEqual([1, 7]);
    }
  });

  it('give one token for a proof, though each request has an assertion of its own', async () => {
    const url = `${PUBLIC_URL}/oauth/token`;
    for (let round = 0; round < ROUNDS; round++) {
      const dpop = await createDpopProof({ key: generateSigningKey(), method: 'POST', url });
      const statuses = await Promise.all(
        [...apis, ...apis].map(async (api) => {
          const assertion = await createClientAssertion({ clientId: 'alpha', issuer: PUBLIC_URL, key: auth });
          const body = new URLSearchParams(tokenForm(PUBLIC_URL, assertion));
          return (await fetch(`${api.url}/oauth/token`, { method: 'POST', headers: { dpop }, body })).status;
        }),
      );
      expect(statuses.sort()).toEqual([200, 400, 400, 400]);
    }
  });

  it('take no proof for the address that they listen on', async () => {
    const { key, text: accessToken } = token;
    const url = `${apis[0]!.url}/graphql`;
    const dpop = await createDpopProof({ key, method: 'POST', url, accessToken });
    const answers = await ask({ authorization: `DPoP ${accessToken}`, dpop });
    expect([taken(answers), replayed(answers)]).toEqual([0, 8]);
  });

  describe('when the database crashes and forgets which proofs were used', () => {
    it('takes none of them again', async () => {
      const used = await Promise.all(Array.from({ length: 5 }, () => token.headers()));
      for (const headers of used) expect(taken(await ask(headers))).toBe(1);
      await hub.crashDatabase();
      await until(async () => (await fetch(`${apis[1]!.url}/readyz`)).ok, 30_000);
      // Connections that broke answer once with an error.
      await until(async () => (await ask(used[0]!)).every(([status]) => status === 401), 10_000);
      for (const headers of used) {
        expect(await ask(headers)).toEqual(Array(8).fill([401, 'use_dpop_nonce']));
      }
      // An honest client goes on at once.
      expect((await token.post(ME)).status).toBe(200);
      const headers = await token.headers();
      const answers = await ask(headers);
      expect([taken(answers), replayed(answers)]).toEqual([1, 7]);
    }, 60_000);
  });
});
