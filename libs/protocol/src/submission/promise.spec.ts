import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { almost, refusalOf } from '../refusal.arbitrary.js';
import { readPromise } from './promise.js';

const PROMISE = {
  iss: 'hub.example.org',
  sub: 'hotline-a',
  jti: '0192f0c1-7a6b-7c3d-8e9f-000000000001',
  digest: '0a'.repeat(32),
  received: 1_795_400_000_000,
  counter: 1,
  deadline: 1_795_400_060_000,
};

describe('readPromise', () => {
  it('gives a promise back', () => {
    expect(readPromise(PROMISE)).toEqual(PROMISE);
  });

  it.each<[string, unknown]>([
    ['iss', 'https://hub.example.org'],
    ['sub', 'Hotline'],
    ['jti', '0192F0C1-7a6b-7c3d-8e9f-000000000001'],
    ['digest', '0A'.repeat(32)],
    ['received', -1],
    ['counter', 0],
    ['deadline', 2 ** 53],
  ])('refuses a wrong %s', (name, value) => {
    const refusal = refusalOf(() => readPromise({ ...PROMISE, [name]: value }));
    expect(refusal).toEqual({ code: 'BAD_FIELD', field: `promise.${name}` });
  });

  it.each(Object.keys(PROMISE))('refuses to do without %s', (name) => {
    const rest = Object.fromEntries(Object.entries(PROMISE).filter(([other]) => other !== name));
    expect(refusalOf(() => readPromise(rest))).toEqual({ code: 'MISSING_FIELD', field: `promise.${name}` });
  });

  it('refuses or reads whatever it is given, and names the field', () => {
    fc.assert(
      fc.property(almost(PROMISE), (json) => {
        const refusal = refusalOf(() => expect(readPromise(json)).toEqual(json));
        if (refusal !== null) expect(refusal.field).toMatch(/^promise/);
      }),
    );
  });
});
