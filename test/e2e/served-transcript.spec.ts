import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { found } from './served-needles.js';
import { valueOf } from './served-story.js';
import { differences, type ServedAnswer } from './served-transcript.js';

/** What a hub says in one world about two submissions. */
const world = (one: unknown, other: unknown = 'same'): ServedAnswer[] =>
  [one, other].map((value, i) => ({
    about: `Query.x ${i}`,
    status: 200,
    headers: [['date', String(Math.random())]],
    body: Buffer.from(JSON.stringify({ time: Date.now() + i, value })),
  }));
const random = (bytes = 32): string => randomBytes(bytes).toString('hex');

describe('the comparison of worlds', () => {
  it('lets times and fresh randomness pass', () => {
    expect(differences([1, 2, 3].map(() => world(random(), random())))).toEqual([]);
  });

  it('lets what comes again pass, when it comes again in every world', () => {
    const twice = (text: string) => world(text, text);
    expect(differences([1, 2, 3].map(() => twice(random())))).toEqual([]);
  });

  it.each<[string, () => ServedAnswer[][]]>([
    ['a name', () => [world('alice'), world('alice'), world('bob')]],
    ['a digest of a name', () => [world(valueOf('a')), world(valueOf('a')), world(valueOf('b'))]],
    ['a number', () => [world(1), world(1), world(2)]],
    ['a member more', () => [world({ a: 1 }), world({ a: 1 }), world({ a: 1, b: null })]],
    ['the order of members', () => [world({ a: 1, b: 2 }), world({ a: 1, b: 2 }), world({ b: 2, a: 1 })]],
    ['the length of something random', () => [world(random()), world(random()), world(random(33))]],
    ['something random where it was not', () => [world('x'), world('x'), world(random())]],
    ['an answer less', () => [world(1), world(1), world(1).slice(1)]],
    ['an answer more', () => [world(1), world(1), [...world(1), ...world(1)]]],
    [
      'one mark for both submissions, although it is another in every world',
      () => {
        const [mark, other] = [random(), random()];
        return [world(mark, mark), world(other, other), world(random(), random())];
      },
    ],
    [
      'what stands inside of a token',
      () =>
        ['a', 'a', 'b'].map((name) => {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
          return world(`${part({ alg: 'x' })}.${part({ sub: name, jti: random() })}.${random()}`);
        }),
    ],
  ])('shows %s', (_, worlds) => {
    expect(differences(worlds())).not.toEqual([]);
  });
});

describe('the search itself', () => {
  it('finds a value in whatever spelling', () => {
    const bytes = Buffer.from(valueOf('one'), 'hex');
    const needle = [{ name: 'it', bytes }];
    const spellings = [
      bytes,
      Buffer.from(bytes).reverse(),
      ...[
        bytes.toString('hex'),
        bytes.toString('hex').toUpperCase(),
        Buffer.from(bytes).reverse().toString('hex'),
      ],
      ...[0, 1, 2].map((shift) =>
        Buffer.concat([Buffer.alloc(shift, 7), bytes, Buffer.alloc(3)]).toString('base64'),
      ),
      ...[0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift, 7), bytes]).toString('base64url')),
    ];
    for (const spelling of spellings)
      expect(
        found(Buffer.concat([Buffer.from('..'), Buffer.from(spelling), Buffer.from('..')]), needle),
      ).toEqual(['it']);
    expect(found(Buffer.alloc(1000, 65), needle)).toEqual([]);
  });
});
