import { describe, expect, it } from '@jest/globals';
import { checkEntry, type EntryDraft } from './entry-draft.js';

const value = 'ab'.repeat(32);

describe('checkEntry', () => {
  it('puts an entry into the form the hub takes', () => {
    const { members, lowered } = checkEntry(
      { type: 'pdq', value: value.toUpperCase(), labels: ['b', 'a', 'b'], quality: 7 },
      1,
    );
    expect(members).toEqual({ op: 'assert', type: 'pdq', value, labels: ['a', 'b'], quality: 7 });
    expect(lowered).toBe(true);
  });

  it('leaves out what is not said', () => {
    const draft: EntryDraft = { type: 'sha256', value, labels: [], expires: undefined };
    expect(checkEntry(draft, 1)).toEqual({
      members: { op: 'assert', type: 'sha256', value },
      lowered: false,
    });
  });

  it.each([
    [{ type: 'sha256', value: value.slice(2) }, 'value'],
    [{ type: 'sha265', value }, 'type'],
    [{ type: 'sha256', value, quality: 5 }, 'quality'],
    [{ type: 'pdq', value, quality: 101 }, 'quality'],
    [{ type: 'sha256', value, expires: '2026-02-30' }, 'expires'],
    [{ type: 'sha256', value, op: 'retract', labels: ['a'] }, 'labels'],
    [{ type: 'sha256', value, op: 'dispute' }, 'op'],
    [{ type: 'sha256', value, labels: Array.from({ length: 17 }, (_, i) => `l${i}`) }, 'labels'],
    [{ type: 'sha256', value, [`f${value}`]: 1 }, '\\(a member\\)'],
    [{ type: 'sha256', value, [value.slice(0, 32)]: 1 }, '\\(a member\\)'],
    [{ type: 'sha256', value: 5 }, 'value'],
  ])('refuses case %# by field and rule', (draft, field) => {
    const place = { source: 'a.txt', line: 3 };
    const check = () => checkEntry({ ...draft, place } as unknown as EntryDraft, 1);
    expect(check).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', subject: 'a.txt, line 3' }));
    expect(check).toThrow(new RegExp(`${field}: `));
    expect(check).not.toThrow(/abab/);
  });

  it('names an entry without a place by its number', () => {
    expect(() => checkEntry({ type: 'x', value }, 12)).toThrow(/^entry 12: /);
  });
});
