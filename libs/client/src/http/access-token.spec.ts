import { describe, expect, it } from '@jest/globals';
import { DPOP_PROOF_TYP, generateSigningKey, verifyEmbeddedJws, verifyJsonJws } from '#libs/keys';
import { AccessTokens } from './access-token.js';
import { HttpClient } from './http-client.js';

const BASE = 'https://hub.example';

/** A token endpoint that gives numbered tokens, and a clock. */
function endpoint(answer: (n: number) => Response = (n) => token(n)) {
  const key = generateSigningKey();
  const forms: URLSearchParams[] = [];
  const proofs: string[] = [];
  const clock = { now: 1_000_000 };
  const http = new HttpClient({
    fetch: async (url, init) => {
      expect(url).toBe(`${BASE}/oauth/token`);
      proofs.push(new Headers(init!.headers).get('dpop')!);
      forms.push(new URLSearchParams(init!.body as string));
      return answer(forms.length);
    },
    sleep: async () => undefined,
  });
  const tokens = new AccessTokens({
    http,
    baseUrl: BASE,
    member: 'acme',
    key: async () => key,
    now: () => clock.now,
  });
  return { tokens, forms, proofs, clock, key };
}

const token = (n: number): Response =>
  Response.json({ access_token: `token-${n}`, token_type: 'DPoP', expires_in: 300, scope: 'cairn' });

describe('AccessTokens', () => {
  it('asks with an assertion of the member for this hub', async () => {
    const { tokens, forms, key } = endpoint();
    expect(await tokens.get()).toBe('token-1');
    const form = forms[0]!;
    expect(form.get('resource')).toBe(`${BASE}/graphql`);
    const assertion = form.get('client_assertion');
    const typ = 'client-authentication+jwt';
    const verified = await verifyJsonJws({ token: assertion, typ, key: key.publicKey, maxBytes: 4096 });
    expect(verified).toMatchObject({ ok: true, claims: { iss: 'acme', sub: 'acme', aud: BASE } });
  });

  it('keeps a token until shortly before it ends', async () => {
    const { tokens, clock } = endpoint();
    await tokens.get();
    clock.now += 269_000;
    expect(await tokens.get()).toBe('token-1');
    clock.now += 2000;
    expect(await tokens.get()).toBe('token-2');
  });

  it('asks once for all who ask at the same time', async () => {
    const { tokens, forms } = endpoint();
    expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(Array(3).fill('token-1'));
    expect(forms).toHaveLength(1);
  });

  it('gets another when the first was forgotten', async () => {
    const { tokens } = endpoint();
    await tokens.get();
    tokens.forget();
    expect(await tokens.get()).toBe('token-2');
  });

  it('shows proofs by a key of its own, with the nonce it is given', async () => {
    const nonce = { status: 400, headers: { 'dpop-nonce': 'n-1' } };
    const { tokens, proofs, key } = endpoint((n) =>
      n === 1 ? Response.json({ error: 'use_dpop_nonce' }, nonce) : token(n),
    );
    expect(await tokens.get()).toBe('token-2');
    const read = proofs.map((text) =>
      verifyEmbeddedJws({ token: text, typ: DPOP_PROOF_TYP, maxBytes: 4096 }),
    );
    const [first, second] = await Promise.all(read);
    if (!first?.ok || !second?.ok) throw new Error('a proof is not signed');
    expect(first.claims).toMatchObject({ htm: 'POST', htu: `${BASE}/oauth/token` });
    expect([first.claims['nonce'], second.claims['nonce']]).toEqual([undefined, 'n-1']);
    expect(second.claims['jti']).not.toBe(first.claims['jti']);
    expect(second.key.kid).toBe(first.key.kid);
    expect(first.key.kid).not.toBe(key.publicKey.kid);
  });

  it('makes assertion and proof anew when it asks again', async () => {
    const { tokens, forms, proofs } = endpoint((n) =>
      n === 1 ? new Response('', { status: 503 }) : token(n),
    );
    await tokens.get();
    expect(new Set(proofs).size).toBe(2);
    expect(new Set(forms.map((form) => form.get('client_assertion'))).size).toBe(2);
  });

  it('takes no token that is not bound to its key', async () => {
    const bearer = { access_token: 't', token_type: 'Bearer', expires_in: 300 };
    const { tokens } = endpoint(() => Response.json(bearer));
    await expect(tokens.get()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });

  it('says why the hub gives none', async () => {
    const { tokens } = endpoint(() => Response.json({ error: 'invalid_client' }, { status: 401 }));
    await expect(tokens.get()).rejects.toMatchObject({
      code: 'AUTH_REFUSED',
      message: expect.stringContaining('invalid_client'),
    });
  });

  it.each([
    () => new Response('<html>'),
    () => Response.json({ access_token: 5, expires_in: 300 }),
    () => Response.json([]),
  ])('refuses an answer that is none of a hub', async (answer) => {
    await expect(endpoint(answer).tokens.get()).rejects.toMatchObject({ code: 'UNEXPECTED_ANSWER' });
  });
});
