import { describe, expect, it } from '@jest/globals';
import { encodeRound, type Round } from '#libs/protocol';
import { readRounds } from './read-rounds.js';

const leafOf = (size: number): Uint8Array => {
  const log = { size, root: 'ab'.repeat(32) };
  const round: Round = { kind: 'idle', feed: 'csam', time: 1, nonce: '00'.repeat(16), log };
  return Buffer.from(encodeRound(round));
};
const sizesOf = (sizes: number[], before: number | null): number[] =>
  readRounds('csam', 0, sizes.map(leafOf), before).map(({ round }) => round.log.size);

describe('readRounds', () => {
  it('reads rounds of a log that stays or grows', () => {
    expect(sizesOf([3, 3, 5], 3)).toEqual([3, 3, 5]);
    expect(sizesOf([0], null)).toEqual([0]);
  });

  it.each([
    [[3, 5, 4], null],
    [[4], 5],
  ])('refuses %j after %j: a log that shrinks', (sizes, before) => {
    expect(() => sizesOf(sizes, before)).toThrow(
      expect.objectContaining({ code: 'ROUND_INVALID', message: expect.stringContaining('log.size') }),
    );
  });
});
