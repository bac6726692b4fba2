import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SigningKey } from '#libs/keys';
import { KeyLifecycle } from '#libs/membership';
import type { ArmedProcess } from '#test/armed-process';
import { BoundToken } from '#test/bound-token';
import { CrashHub } from '#test/crash-hub';
import { must } from '#test/hub';

const PUBLIC_URL = 'https://hub.example';
/** Without one the hub would be for loopback only; nobody logs in here. */
const PROVIDER = { CAIRN_OIDC_ISSUER: 'https://login.example.org', CAIRN_OIDC_CLIENT_ID: 'hub' };
const OTHER_HOST = process.platform === 'linux' ? '127.0.0.2' : '127.0.0.1';
const ME = '{"query":"{ me { member } }"}';

let hub: CrashHub;
let apis: ArmedProcess[];
let auth: SigningKey;
beforeAll(async () => {
  hub = await CrashHub.found(undefined, { CAIRN_PUBLIC_URL: PUBLIC_URL, ...PROVIDER });
  const [alpha] = await hub.admit(['alpha']);
  auth = hub.authKeyOf(alpha!);
  apis = [hub.spawn('api'), await hub.spawnBeside(OTHER_HOST)];
  for (const api of apis) await api.go();
  for (const api of apis) await api.ready();
}, 120_000);
afterAll(() => hub?.stop(), 60_000);

const ask = (tokens: readonly BoundToken[]): Promise<number[]> =>
  Promise.all(tokens.map(async (token) => (await token.post(ME)).status));

describe('two API processes, no worker, and a key that is revoked', () => {
  it('take nothing more that it signed or that it was given, from the next request on', async () => {
    const tokens = await Promise.all(
      apis.map(({ url }) => BoundToken.request(PUBLIC_URL, 'alpha', auth, url)),
    );
    for (let i = 0; i < 3; i++) expect(await ask(tokens)).toEqual([200, 200]);
    const key = auth.publicKey.kid;
    const revoked = await new KeyLifecycle(hub.database).revoke('system:test', {
      member: 'alpha',
      key,
      reason: 'lost',
      since: null,
    });
    must(revoked);
    expect(await ask(tokens)).toEqual([401, 401]);
    for (const { url } of apis) {
      await expect(BoundToken.request(PUBLIC_URL, 'alpha', auth, url)).rejects.toThrow('status 401');
    }
  });
});
