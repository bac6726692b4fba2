import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dayStart, formatDay, parseDay } from './day.js';
import { anyDay } from './entry.arbitrary.js';

describe('parseDay', () => {
  describe('when the text is a day of the calendar', () => {
    it('counts days since 1970-01-01', () => {
      expect(parseDay('1970-01-01')).toBe(0);
      expect(parseDay('1970-01-02')).toBe(1);
      expect(parseDay('2000-02-29')).toBe(11_016);
      expect(parseDay('9999-12-31')).toBe(2_932_896);
    });

    it('is written back by formatDay, and begins at midnight UTC', () => {
      fc.assert(
        fc.property(anyDay, (day) => {
          expect(parseDay(formatDay(day))).toBe(day);
          expect(dayStart(day)).toBe(Date.UTC(1970, 0, 1 + day));
        }),
      );
    });

    it('gives the next number to the next day', () => {
      fc.assert(
        fc.property(fc.nat(2_932_895), (day) => {
          expect(formatDay(day) < formatDay(day + 1)).toBe(true);
        }),
      );
    });
  });

  describe('when it is not', () => {
    it.each([
      ['', 'nothing'],
      ['2023-02-29', 'not a leap year'],
      ['1900-02-29', 'before 1970 and not a leap year'],
      ['2024-02-30', 'a month too short'],
      ['2024-04-31', 'a month too short'],
      ['2024-13-01', 'no such month'],
      ['2024-00-10', 'no such month'],
      ['2024-01-00', 'no such day'],
      ['1969-12-31', 'before 1970'],
      ['0000-01-01', 'before 1970'],
      ['2024-1-1', 'short'],
      ['20240101', 'basic format'],
      ['+010000-01-01', 'beyond 9999'],
      ['2024-01-01T00:00:00Z', 'a time'],
      ['2024-01-01\n', 'a line feed'],
      ['1 Jan 2024', 'words'],
      ['２０２４-01-01', 'other digits'],
    ])('refuses %j (%s)', (text) => {
      expect(parseDay(text)).toBeNull();
    });

    it('never throws', () => {
      fc.assert(
        fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9]{4}-[0-9]{2}-[0-9]{2}$/)), (text) => {
          const day = parseDay(text);
          expect(day === null || formatDay(day) === text).toBe(true);
        }),
      );
    });
  });
});
