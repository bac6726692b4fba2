import { describe, expect, it } from '@jest/globals';
import { keyStandingAt } from './history-event.js';

describe('keyStandingAt', () => {
  it.each<[string, Parameters<typeof keyStandingAt>, ReturnType<typeof keyStandingAt>]>([
    ['a key that no statement registered', [7, null, null], 'not_registered'],
    ['a key that a later statement registered', [7, 8, null], 'not_registered'],
    ['one that was registered later and is revoked by now', [7, 8, 9], 'not_registered'],
    ['a key that was registered before', [7, 6, null], 'active'],
    ['one that was revoked later', [7, 6, 8], 'active'],
    ['one that was revoked before', [7, 5, 6], 'revoked'],
  ])('says of %s how it stood', (_what, [index, added, revoked], standing) => {
    expect(keyStandingAt(index, added, revoked)).toBe(standing);
  });
});
