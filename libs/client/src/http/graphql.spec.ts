import { describe, expect, it } from '@jest/globals';
import { AccessTokens } from './access-token.js';
import { GraphqlClient } from './graphql.js';
import { HttpClient } from './http-client.js';
import { hubText } from './hub-text.js';
import { DPOP_PROOF_TYP, generateSigningKey, tokenDigest, verifyEmbeddedJws } from '#libs/keys';
import type { JsonObject } from '#libs/protocol';

const OPERATION = { query: '{ me }', variables: {}, subject: 'member' };

/** A hub that answers GraphQL requests one after the other, and the tokens it was shown. */
function hub(...answers: Response[]) {
  const shown: (string | null)[] = [];
  const proofs: string[] = [];
  let tokens = 0;
  const http = new HttpClient({
    sleep: async () => undefined,
    fetch: async (url, init) => {
      if (String(url).endsWith('/oauth/token')) {
        return Response.json({ access_token: `t${++tokens}`, token_type: 'DPoP', expires_in: 300 });
      }
      expect(String(url)).toBe('https://h/graphql');
      shown.push(new Headers(init!.headers).get('authorization'));
      proofs.push(new Headers(init!.headers).get('dpop')!);
      return answers.shift()!;
    },
  });
  const key = generateSigningKey();
  const access = new AccessTokens({ http, baseUrl: 'https://h', member: 'acme', key: async () => key });
  return { client: new GraphqlClient(http, access, 'https://h'), shown, proofs };
}

async function verifyProof(token: string): Promise<JsonObject> {
  const verified = await verifyEmbeddedJws({ token, typ: DPOP_PROOF_TYP, maxBytes: 4096 });
  if (!verified.ok) throw new Error(verified.message);
  return { ...verified.claims, jkt: verified.key.kid };
}

const errors = (status: number, extensions: unknown): Response =>
  Response.json({ errors: [{ message: 'secret', extensions }] }, { status });

describe('GraphqlClient', () => {
  it('returns the data', async () => {
    const { client } = hub(Response.json({ data: { me: { member: 'acme' } } }));
    expect((await client.run(OPERATION)).object('me').text('member')).toBe('acme');
  });

  it('replaces a token that is not taken, once', async () => {
    const { client, shown } = hub(errors(401, {}), Response.json({ data: { me: null } }));
    await client.run(OPERATION);
    expect(shown).toEqual(['DPoP t1', 'DPoP t2']);
    const refused = hub(errors(401, {}), errors(401, {}));
    await expect(refused.client.run(OPERATION)).rejects.toMatchObject({ code: 'AUTH_REFUSED' });
  });

  it('shows a fresh proof for this request with each attempt, by one key', async () => {
    const { client, proofs } = hub(
      new Response('', { status: 503 }),
      Response.json({ data: {} }),
      Response.json({ data: {} }),
    );
    await client.run(OPERATION);
    await client.run(OPERATION);
    const checked = await Promise.all(proofs.map(verifyProof));
    expect(checked.map(({ htm, htu }) => [htm, htu])).toEqual(Array(3).fill(['POST', 'https://h/graphql']));
    expect(new Set(checked.map(({ jti }) => jti)).size).toBe(3);
    expect(new Set(checked.map(({ jkt }) => jkt)).size).toBe(1);
    expect(new Set(checked.map(({ ath }) => ath))).toEqual(new Set([tokenDigest('t1')]));
  });

  it('puts the nonce it is given into the proofs from then on, and keeps its token', async () => {
    const asks = Response.json({ errors: [] }, { status: 401, headers: { 'dpop-nonce': 'n-1' } });
    const { client, shown, proofs } = hub(asks, Response.json({ data: {} }), Response.json({ data: {} }));
    await client.run(OPERATION);
    await client.run(OPERATION);
    expect(shown).toEqual(['DPoP t1', 'DPoP t1', 'DPoP t1']);
    const nonces = (await Promise.all(proofs.map(verifyProof))).map(({ nonce }) => nonce);
    expect(nonces).toEqual([undefined, 'n-1', 'n-1']);
  });

  it('says that the clock may be wrong when its proofs are refused', async () => {
    const headers = { 'www-authenticate': 'DPoP error="invalid_dpop_proof", algs="Ed25519 ES256"' };
    const refused = () => Response.json({ errors: [] }, { status: 401, headers });
    await expect(hub(refused(), refused()).client.run(OPERATION)).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      reason: expect.stringContaining('clock'),
    });
  });

  it.each([
    [errors(400, { code: 'BAD_USER_INPUT' }), 'BAD_USER_INPUT'],
    [errors(400, { code: 'evil\u001b text' }), 'status 400'],
    [errors(413, 'none'), 'status 413'],
    [Response.json({ data: null }), 'status 200'],
  ])('names the code of a refusal and nothing else of it', async (answer, shown) => {
    await expect(hub(answer).client.run(OPERATION)).rejects.toMatchObject({
      code: 'REQUEST_REFUSED',
      reason: `the hub refuses the request (${shown})`,
    });
  });

  it('refuses members that are missing or of another kind', async () => {
    const { client } = hub(Response.json({ data: { a: 'x', b: 5, c: null, d: [1], e: 'no time', f: true } }));
    const data = await client.run(OPERATION);
    const reads = [
      () => data.text('b'),
      () => data.integer('a'),
      () => data.object('c'),
      () => data.objects('d'),
      () => data.objects('a'),
      () => data.time('e'),
      () => data.boolean('a'),
      () => data.text('toString'),
    ];
    for (const read of reads) expect(read).toThrow(expect.objectContaining({ code: 'UNEXPECTED_ANSWER' }));
    expect([data.optionalText('c'), data.optionalInteger('none'), data.optionalObject('c')]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

describe('hubText', () => {
  it('leaves nothing that could steer a terminal, and no novel', () => {
    expect(hubText('a\u001b[2Jb\n\tc\u202e \u0000')).toBe('a [2Jb c');
    expect(hubText('x'.repeat(1000))).toHaveLength(301);
  });
});
