import { describe, expect, it } from '@jest/globals';
import { forge, testKeys, TYP } from './jws.arbitrary.js';
import { signCompactJws } from './sign-jws.js';
import { readPrivateJwk } from './signing-key.js';

const { Ed25519: key } = testKeys;
const kid = key.publicKey.kid;

describe('signCompactJws', () => {
  it('writes a header of alg, kid and typ only', async () => {
    const token = await signCompactJws({ typ: TYP, payload: { iss: 'a', undefined }, key });
    const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString());
    expect(header).toBe(`{"alg":"Ed25519","kid":"${kid}","typ":"${TYP}"}`);
    expect(payload).toBe('{"iss":"a"}');
  });

  it.each([
    ['a fraction', { n: 0.5 }],
    ['a large number', { n: 2 ** 53 }],
    ['a lone surrogate', { s: '\ud800' }],
    ['an array', [1]],
    ['a function', () => 1],
  ])('refuses an object with %s', async (_, payload) => {
    await expect(async () => signCompactJws({ typ: TYP, payload, key })).rejects.toMatchObject({
      code: 'UNSIGNABLE_PAYLOAD',
    });
  });

  it('makes the signature of RFC 8037 appendix A.4 with the key of A.1', () => {
    const rfc8037 = readPrivateJwk(
      Buffer.from(
        '{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}',
      ),
    );
    expect(forge('{"alg":"EdDSA"}', 'Example of Ed25519 signing', rfc8037)).toBe(
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
        'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    );
  });
});
