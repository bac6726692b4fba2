import { describe, expect, it } from '@jest/globals';
import { isRemovalReason, REMOVAL_REASON, removalReasonCode, removalReasonName } from './removal-reason.js';

describe('removal reasons', () => {
  it('have the codes of the format', () => {
    expect(REMOVAL_REASON).toEqual({
      withdrawn: 1,
      false_positive: 2,
      error: 3,
      superseded: 4,
      legal: 5,
      expired: 6,
      key_compromised: 7,
      recalled: 8,
      dispute_upheld: 9,
      erased: 10,
      policy: 11,
    });
  });

  describe('when a code is of a later version', () => {
    it('is shown by its number', () => {
      expect(removalReasonName(12)).toBe('reason-12');
    });
  });

  describe('when shown and read back', () => {
    it('is the same code, for all 255', () => {
      for (let code = 1; code <= 255; code++) expect(removalReasonCode(removalReasonName(code))).toBe(code);
    });
  });

  describe('when a word names no code', () => {
    it.each(['', 'gone', 'reason-0', 'reason-11', 'reason-012', 'reason-256', 'reason-1000', 'reason-1x'])(
      'gives null for "%s"',
      (name) => {
        expect(removalReasonCode(name)).toBeNull();
      },
    );
  });

  describe('when a number is no code', () => {
    it.each([0, -1, 256, 1.5, NaN])('says so of %d', (code) => {
      expect(isRemovalReason(code)).toBe(false);
    });
  });
});
