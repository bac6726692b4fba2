import { describe, expect, it } from '@jest/globals';
import { gateOnce } from './gated-keys.js';
import { generateSigningKey } from './signing-key.js';

const { publicKey } = generateSigningKey('ES256');

/** The same key as another text, since whoever shows it may name it as it likes. */
function gate(kid: string): ReturnType<typeof gateOnce> {
  return gateOnce({ ...(JSON.parse(publicKey.jwk) as object), kid });
}

function passed(kid: string): object {
  const result = gate(kid);
  if (!result.ok) throw new Error(result.rule);
  return result.key;
}

describe('gateOnce', () => {
  describe('when a key has passed', () => {
    it('does not gate it again', () => {
      const first = passed('first');
      expect(first).toMatchObject({ kid: publicKey.kid });
      expect(passed('first')).toBe(first);
    });

    it('forgets it, the oldest first, when there are too many', () => {
      const [first, second] = [passed('first'), passed('second')];
      for (let i = 0; i < 1023; i++) passed(`other ${i}`);
      expect(passed('second')).toBe(second);
      expect(passed('first')).not.toBe(first);
    });
  });

  describe('when a key is refused', () => {
    it('refuses it each time', () => {
      for (let i = 0; i < 2; i++)
        expect(gateOnce({ kty: 'OKP', crv: 'Ed25519', x: 'A' })).toMatchObject({ ok: false });
    });
  });
});
